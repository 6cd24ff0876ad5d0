/** `manyhands dead`: dead chunks, oldest first. */
import type { DeadLetter } from '@manyhands/sdk';
import type { Command } from 'commander';
import { jobIdOf } from '../jobs/job-id.ts';
import { wholeNumber } from '../jobs/submission.ts';
import { age } from '../print/table.ts';
import type { Session } from '../session.ts';

export async function run(session: Session, command: Command): Promise<void> {
  const wanted = wholeNumber('--limit', command.opts<{ limit: string }>().limit);
  const signal = session.world.interrupt;
  const job = command.args[0] === undefined ? undefined : await jobIdOf(command.args[0], session, signal);
  const letters: DeadLetter[] = [];
  if (wanted > 0)
    for await (const letter of session.client.eachDeadLetter({ job_id: job, limit: Math.min(wanted, 200) }, { signal })) {
      letters.push(letter);
      if (letters.length === wanted) break;
    }
  if (session.json) return session.printJson(letters);
  const nowMs = Date.now();
  await session.printTable(
    ['LETTER', 'JOB', 'KIND', 'CHUNK', 'AGE', 'ERROR'],
    letters.map((letter) => [
      letter.id,
      letter.job_id,
      letter.kind,
      letter.end - letter.begin === 1 ? String(letter.begin) : `${letter.begin}-${letter.end - 1}`,
      age(letter.died_at, nowMs),
      letter.error.message,
    ]),
    'No chunk is dead.',
  );
}
