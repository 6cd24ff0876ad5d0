/** What of a job is shown to who has a link to it. Pure. */
import { isFinal, JsonText, limits, withoutField, type Answer, type JobView } from '@manyhands/proto';

/** As it is sent: the result is carried as text, so that numbers of any size stay what they are. */
export type SharedView = Omit<Answer<'SharedJob'>, 'result'> & { result: JsonText | null };

/** Invariant: a field of a view is in here only where it is named, so what a later release adds to views is not shown by itself. `view`: its JSON. */
export function sharedView(view: string, expiresAt: string): SharedView {
  const { rest, field } = withoutField(view, 'result');
  const job = JSON.parse(rest) as Omit<JobView, 'result'>;
  const { kind, params, status, progress, completed_chunks, failed_chunks, total_chunks, detail, error, created_at } = job;
  const { started_at, finished_at, duration_sec, rate, eta_sec, duplicate_results, retries, round, chunks, output } = job;
  const result = resultOf(job, field?.text ?? 'null');
  return {
    ...{ kind, params, status, progress, completed_chunks, failed_chunks, total_chunks, detail, error, created_at },
    ...{ started_at, finished_at, duration_sec, rate, eta_sec, duplicate_results, retries, chunks },
    ...(round !== undefined && { round }),
    ...(output !== undefined && { output }),
    expires_at: expiresAt,
    // The name of a worker has that of its host in it.
    workers: Object.values(job.workers).toSorted((one, other) => other - one),
    ...result,
  };
}

/** The beginning of a text, so many bytes of UTF-8 at most, and no half of a character. */
export function beginningOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, limits.sharedPartBytesMax), { stream: true });
}

function resultOf(
  { status, output, results, stored }: Omit<JobView, 'result'>,
  text: string,
): Pick<SharedView, 'result' | 'result_bytes' | 'result_part'> {
  const none = { result_bytes: null, result_part: null, result: null };
  if (!isFinal(status)) return none;
  if (output === 'lines') return { ...none, result_bytes: results?.bytes ?? null };
  if (status !== 'completed') return none;
  if (stored !== undefined) return { ...none, result_bytes: stored.bytes };
  const bytes = Buffer.from(text);
  if (bytes.length > limits.sharedResultBytesMax)
    return { result_bytes: bytes.length, result_part: beginningOf(bytes), result: null };
  return { result_bytes: bytes.length, result_part: null, result: new JsonText(text) };
}
