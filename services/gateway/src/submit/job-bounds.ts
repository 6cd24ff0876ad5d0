/** What a user may ask for beside how to try: `at_once`, `max_failed`, `tags` and `notify` of the body. Pure. */
import { limits, MaxFailed, Notify, Tags, type SubmitJob } from '@manyhands/proto';
import type { FieldProblem } from '../edge/problem.ts';

export type AskedBounds = Pick<SubmitJob, 'at_once' | 'max_failed' | 'tags' | 'notify'>;

interface GivenBounds {
  at_once?: number | undefined;
  max_failed?: unknown;
  tags?: unknown;
  notify?: unknown;
}

/** A whole number of `max_failed` is a count, and a text of `notify` an address. */
export function readBounds({ at_once, max_failed: failed, tags, notify }: GivenBounds): {
  bounds: AskedBounds;
  problems: FieldProblem[];
} {
  const problems: FieldProblem[] = [];
  const bounds: AskedBounds = { ...(at_once != null && { at_once }) };
  if (failed !== undefined) {
    const read = MaxFailed.safeParse(typeof failed === 'number' ? { count: failed } : failed);
    if (read.success) bounds.max_failed = read.data;
    else
      problems.push({
        loc: ['body', 'max_failed'],
        msg: `must be a number of chunks, like 100, or a share of them, like {"share":0.01}`,
        type: 'value_error',
      });
  }
  if (tags !== undefined) {
    const read = Tags.safeParse(tags);
    if (read.success) bounds.tags = read.data;
    else
      problems.push({
        loc: ['body', 'tags'],
        msg: `must be an object of at most ${limits.tagsMax} names with a text each, like {"team":"web"}; each of at most ${limits.tagCharsMax} characters`,
        type: 'value_error',
      });
  }
  if (notify !== undefined) {
    const read = Notify.strict().safeParse(typeof notify === 'string' ? { url: notify } : notify);
    if (read.success) bounds.notify = read.data;
    else
      problems.push({
        loc: ['body', 'notify'],
        msg: `must be an address of at most ${limits.notifyUrlCharsMax} characters without a user name, like "https://hooks.example/jobs", or such an address with the ends to notify of, like {"url":"https://hooks.example/jobs","on":["failed"]}`,
        type: 'value_error',
      });
  }
  return { bounds, problems };
}
