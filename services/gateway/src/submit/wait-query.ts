/** Reads `?wait=`: how long a submission may wait for the finished job. Pure. */
import { limits } from '@manyhands/proto';
import { badRequest } from '../edge/problem.ts';

/** Milliseconds; undefined when nobody wants to wait. Throws 400. */
export function readWait(query: Record<string, unknown>): number | undefined {
  const wait = query['wait'];
  if (wait === undefined) return undefined;
  const [, number, unit] = /^(\d{1,6})(ms|s)?$/.exec(typeof wait === 'string' ? wait : '') ?? [];
  const waitMs = unit === 'ms' ? Number(number) : Number(number) * 1_000;
  if (!(waitMs > 0 && waitMs <= limits.waitMsMax))
    throw badRequest(`wait must be a time like 5s or 500ms, at most ${limits.waitMsMax / 1_000}s.`);
  return waitMs;
}
