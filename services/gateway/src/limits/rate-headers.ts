/** What a client learns of its limits: `RateLimit` and `RateLimit-Policy`, as draft-ietf-httpapi-ratelimit-headers-10 has them. Pure. */
import { Problem } from '../edge/problem.ts';
import type { Counted } from './limit-line.ts';
import { LIMITS, type LimitName } from './limit-names.ts';

export interface NamedCount extends Counted {
  readonly name: LimitName;
}

/** Of each limit that a request counts under: how much of it is left (`r`), and in how many seconds there is more (`t`). */
export function rateHeaders(counts: readonly NamedCount[]): Record<string, string> {
  if (counts.length === 0) return {};
  return {
    ratelimit: counts.map(({ name, left, moreInMs }) => `"${name}";r=${left};t=${seconds(moreInMs)}`).join(', '),
    'ratelimit-policy': counts.map(({ name, rate }) => `"${name}";q=${rate.count};w=${seconds(rate.windowMs)}`).join(', '),
  };
}

/** The refusal of a request that is one too many. */
export function tooMany({ name, rate, moreInMs }: NamedCount): Problem {
  const { what, by } = LIMITS[name];
  const whose = by === 'user' ? 'You have sent' : 'Your address has sent';
  const retrySec = Math.max(1, seconds(moreInMs));
  return new Problem(
    429,
    `${whose} as many ${what} as are allowed: ${rate.count} in ${seconds(rate.windowMs)} s. Try again in ${retrySec} s.`,
    retrySec,
  );
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}
