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
    const result =
      view.stored === undefined && view.status === 'completed'
        ? view.result
        : await client.result(view.job_id, { signal: world.interrupt });
    return session.printJson(result);
  }
  const file = await client.resultsFile(view.job_id, format ?? (session.json ? 'json' : 'lines'), { signal: world.interrupt });
  for await (const bytes of toItsEnd(file, world.interrupt, `manyhands results ${view.job_id}`)) await session.print(bytes);
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
