/**
 * The ids of files and batches as OpenAI's libraries know them: what they stand for can be read in them, so nothing is stored for it. Pure.
 *
 * `file-<input>` is what was uploaded, `batch_<job>` a batch, `file-output-<job>` and `file-errors-<job>` what it left.
 */
import { InputId, JobId } from '@manyhands/proto';

export type FileOf = { is: 'input'; inputId: string } | { is: 'output' | 'errors'; jobId: string };

export const fileIdOf = {
  input: (inputId: string): string => `file-${inputId}`,
  output: (jobId: string): string => `file-output-${jobId}`,
  errors: (jobId: string): string => `file-errors-${jobId}`,
} as const;

/** Undefined for what is no id of a file. */
export function readFileId(id: string): FileOf | undefined {
  const [, is, rest = ''] = /^file-(?:(output|errors)-)?(.*)$/.exec(id) ?? [];
  if (is === 'output' || is === 'errors') return JobId.safeParse(rest).success ? { is, jobId: rest } : undefined;
  return InputId.safeParse(rest).success ? { is: 'input', inputId: rest } : undefined;
}

export function batchIdOf(jobId: string): string {
  return `batch_${jobId}`;
}

/** The job of a batch; undefined for what is no id of one. */
export function readBatchId(id: string): string | undefined {
  const jobId = /^batch_(.*)$/.exec(id)?.[1];
  return JobId.safeParse(jobId).success ? jobId : undefined;
}
