/**
 * Answers with the digits that were computed: of a number beyond 2^53, and of one with very many digits, JavaScript reads another.
 *
 * Invariant: what is made here is for `JSON.stringify` alone, which writes each number as it was.
 */
import type { JobView } from '@manyhands/proto';
import { ApiProblem } from '@manyhands/sdk';
import type { Session } from '../session.ts';
import { toItsEnd } from './whole-answer.ts';

/** TypeScript does not know it yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): object };

/** A number that may have been another. */
const MAY_BE_ROUNDED = /\d{16}|e\+/;

/** Throws for what is no JSON. */
export function asWritten(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    const source = typeof value === 'number' ? context?.source : undefined;
    return source === undefined || source === String(value) ? value : rawJSON(source);
  }) as unknown;
}

/** The answer of a job as JSON text. Throws as the API refuses, and a sentence where it is cut off. */
export async function answerText({ client, world: { interrupt } }: Session, jobId: string): Promise<string> {
  const file = await client.resultFile(jobId, { signal: interrupt });
  const pieces: Uint8Array[] = [];
  for await (const piece of toItsEnd(file, interrupt, `manyhands results ${jobId}`)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/** A view whose answer is written as it was computed. Asks for that only where it may be another. */
export async function exactView(session: Session, view: JobView): Promise<JobView> {
  const isShort = view.status === 'completed' && view.output !== 'lines' && view.stored === undefined;
  if (!isShort || !MAY_BE_ROUNDED.test(JSON.stringify(view.result))) return view;
  try {
    return { ...view, result: asWritten(await answerText(session, view.job_id)) };
  } catch (error) {
    // It runs again, or is kept no longer.
    if (error instanceof ApiProblem && [404, 409, 410].includes(error.status)) return view;
    throw error;
  }
}
