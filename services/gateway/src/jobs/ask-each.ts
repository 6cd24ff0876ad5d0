/** Asks many jobs for the same, some at a time; a job that refuses holds up no other. */
import { HttpException } from '@nestjs/common';

/** Jobs that are asked at once: each may wait some tenths of a second until it shows what was asked. */
const AT_ONCE = 20;

/** Which of them refused, and the sentence they refused with. Throws what is no refusal. */
export async function askEach<Job>(
  jobs: readonly Job[],
  ask: (job: Job) => Promise<unknown>,
  atOnce: number = AT_ONCE,
): Promise<{ job: Job; detail: string }[]> {
  const waiting = [...jobs];
  const refused: { job: Job; detail: string }[] = [];
  const askOneByOne = async (): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      try {
        await ask(job);
      } catch (error) {
        if (!(error instanceof HttpException)) throw error;
        refused.push({ job, detail: error.message });
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, askOneByOne));
  return refused;
}
