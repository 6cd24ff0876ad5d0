/** Prints what a job has computed, in pieces as they come, however much it is. */
import type { JobView } from '@manyhands/proto';
import type { ResultsFormat } from '@manyhands/sdk';
import { usage } from '../exit.ts';
import type { Session } from '../session.ts';
import { answerText, asWritten } from './exact-answer.ts';
import { toItsEnd } from './whole-answer.ts';

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

/** As it was computed. For a person it is indented where that changes nothing. */
async function printAnswer(session: Session, jobId: string): Promise<void> {
  const text = await answerText(session, jobId);
  const read = asWritten(text);
  await (JSON.stringify(read) === text ? session.printJson(read) : session.print(`${text}\n`));
}
