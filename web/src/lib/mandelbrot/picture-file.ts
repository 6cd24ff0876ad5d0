/** The answer of a job of kind `mandelbrot` as a file. */
import type { JobView } from '@manyhands/proto';
import { api } from '../api.ts';

/** Of a completed job. Rejects with `ApiProblem`; null: its answer is no picture. */
export async function loadPicture({ job_id: id, result, stored }: JobView, signal?: AbortSignal): Promise<Blob | null> {
  const answer: unknown = stored ? await api.result(id, signal && { signal }) : result;
  if (typeof answer !== 'object' || answer === null || !('png' in answer) || typeof answer.png !== 'string') return null;
  return new Blob([Uint8Array.from(atob(answer.png), (letter) => letter.charCodeAt(0))], { type: 'image/png' });
}
