/** What the options of `run` and `map` ask of a job. Pure. */
import type { JobSettings } from '@manyhands/sdk';
import { usage } from '../exit.ts';

export interface SubmissionOptions {
  chunks?: string;
  high?: boolean;
  low?: boolean;
  attempts?: string;
  softLimit?: string;
  hardLimit?: string;
  onDead?: 'fail' | 'continue';
}

export function settingsOfJob(options: SubmissionOptions): JobSettings {
  if (options.high && options.low) throw usage('--high and --low exclude each other.');
  const { chunks, attempts, softLimit, hardLimit, onDead } = options;
  return {
    ...(chunks !== undefined && { chunks: wholeNumber('--chunks', chunks) }),
    ...(options.high && { priority: 'high' as const }),
    ...(options.low && { priority: 'low' as const }),
    ...(attempts !== undefined && { max_attempts: wholeNumber('--attempts', attempts) }),
    ...(softLimit !== undefined && { soft_limit_sec: seconds('--soft-limit', softLimit) }),
    ...(hardLimit !== undefined && { hard_limit_sec: seconds('--hard-limit', hardLimit) }),
    ...(onDead !== undefined && { on_dead_chunk: onDead }),
  };
}

export function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw usage(`${option} must be a whole number (it is ${JSON.stringify(text)}).`);
  return Number(text);
}

function seconds(option: string, text: string): number {
  if (!/^\d{1,9}(\.\d+)?$/.test(text)) throw usage(`${option} must be a number of seconds (it is ${JSON.stringify(text)}).`);
  return Number(text);
}
