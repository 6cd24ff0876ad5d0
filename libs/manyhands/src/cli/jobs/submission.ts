/** What the options of `run` and `map` ask of a job. Pure. */
import { JOB_ENDS, type JobEnd } from '@manyhands/proto';
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
  atOnce?: string;
  maxFailed?: string;
  tag?: readonly string[];
  notify?: string;
  notifyOn?: string;
  notifySecret?: string;
}

export function settingsOfJob(options: SubmissionOptions): JobSettings {
  if (options.high && options.low) throw usage('--high and --low exclude each other.');
  const { chunks, attempts, softLimit, hardLimit, onDead, atOnce, maxFailed, tag = [] } = options;
  const notify = notifyOf(options);
  return {
    ...(chunks !== undefined && { chunks: wholeNumber('--chunks', chunks) }),
    ...(options.high && { priority: 'high' as const }),
    ...(options.low && { priority: 'low' as const }),
    ...(attempts !== undefined && { max_attempts: wholeNumber('--attempts', attempts) }),
    ...(softLimit !== undefined && { soft_limit_sec: seconds('--soft-limit', softLimit) }),
    ...(hardLimit !== undefined && { hard_limit_sec: seconds('--hard-limit', hardLimit) }),
    ...(onDead !== undefined && { on_dead_chunk: onDead }),
    ...(atOnce !== undefined && { at_once: wholeNumber('--at-once', atOnce) }),
    ...(maxFailed !== undefined && { max_failed: failuresAllowed(maxFailed) }),
    ...(tag.length > 0 && { tags: Object.fromEntries(tag.map(tagOf)) }),
    ...(notify && { notify }),
  };
}

export function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw usage(`${option} must be a whole number (it is ${JSON.stringify(text)}).`);
  return Number(text);
}

/** A number, or a share like `2%`. */
function failuresAllowed(text: string): number | { share: number } {
  const [, percent] = /^(\d{1,3}(?:\.\d{1,9})?)\s*%$/.exec(text) ?? [];
  if (percent !== undefined && Number(percent) <= 100) return { share: Number(percent) / 100 };
  if (!/^\d{1,15}$/.test(text))
    throw usage(`--max-failed must be a whole number, or a share up to 100%, like 2% (it is ${JSON.stringify(text)}).`);
  return Number(text);
}

/** What is wrong with the address, the gateway states. */
function notifyOf({ notify: url, notifyOn, notifySecret: secret }: SubmissionOptions): Exclude<JobSettings['notify'], string> {
  if (url === undefined) {
    if (notifyOn !== undefined || secret !== undefined) throw usage('--notify-on and --notify-secret need --notify <url>.');
    return undefined;
  }
  const on = notifyOn?.split(',').map((end) => endOf(end.trim()));
  return { url, ...(on && { on }), ...(secret !== undefined && { secret }) };
}

function endOf(text: string): JobEnd {
  const end = JOB_ENDS.find((one) => one === text);
  if (end === undefined)
    throw usage(`--notify-on must be of ${JOB_ENDS.join(', ')}, separated by commas (it is ${JSON.stringify(text)}).`);
  return end;
}

/** Its name and its value. */
export function tagOf(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw usage(`--tag must be a name and a value, like team=web (it is ${JSON.stringify(text)}).`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function seconds(option: string, text: string): number {
  if (!/^\d{1,9}(\.\d+)?$/.test(text)) throw usage(`${option} must be a number of seconds (it is ${JSON.stringify(text)}).`);
  return Number(text);
}
