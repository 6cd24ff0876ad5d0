/** Prints what a job has computed, in pieces as they come, however much it is. */
import type { JobView } from '@manyhands/proto';
import type { ResultsFormat } from '@manyhands/sdk';
import { CommandEnd, EXIT, usage } from '../exit.ts';
import type { Session } from '../session.ts';

export const RESULT_FORMATS: readonly ResultsFormat[] = ['lines', 'bare', 'csv', 'json'];

/** `format`: of lines; `--json` is one array. Throws as the API refuses. */
export async function printResults(session: Session, view: JobView, format?: ResultsFormat): Promise<void> {
  const { client, world } = session;
  if (view.output !== 'lines') {
    if (format !== undefined && format !== 'json')
      throw usage(`A job of ${view.kind} has one answer, and no lines: leave --format out.`);
    return printAnswer(session, view.job_id);
  }
  const file = await client.resultsFile(view.job_id, format ?? (session.json ? 'json' : 'lines'), { signal: world.interrupt });
  for await (const bytes of toItsEnd(file, world.interrupt, `manyhands results ${view.job_id}`)) await session.print(bytes);
}

/** As it was computed: what JavaScript reads of a number has fewer digits than some have. For a person it is indented where that changes none. */
async function printAnswer(session: Session, jobId: string): Promise<void> {
  const { client, world } = session;
  const file = await client.resultFile(jobId, { signal: world.interrupt });
  const pieces: Uint8Array[] = [];
  for await (const piece of toItsEnd(file, world.interrupt, `manyhands results ${jobId}`)) pieces.push(piece);
  const text = Buffer.concat(pieces).toString();
  const read: unknown = JSON.parse(text);
  await (JSON.stringify(read) === text ? session.printJson(read) : session.print(`${text}\n`));
}

/** The pieces of a long answer. Throws a sentence where it is cut off: what came is a part of it. `again`: the command that reads it once more. */
export async function* toItsEnd(
  pieces: AsyncIterable<Uint8Array>,
  interrupt: AbortSignal,
  again: string,
): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces;
  } catch (error) {
    interrupt.throwIfAborted();
    throw new CommandEnd(
      EXIT.noAnswer,
      `The answer was cut off before its end (${(error as Error).message}): what came is a part of it. Read it again: ${again}`,
    );
  }
}
