/** How often and how long chunks of a job may run: what the user asked for, else what the kind has as its own, else the system. Pure. */
import { limits, type KindRegistration, type SubmitJob } from '@manyhands/proto';
import { badRequest } from '../edge/problem.ts';

export type AskedLimits = Pick<SubmitJob, 'max_attempts' | 'soft_limit_sec' | 'hard_limit_sec'>;

/** Both time limits, as a pair that fits, when either is named. Throws 400 when the user's do not. */
export function limitsOf(asked: AskedLimits, defaults: NonNullable<KindRegistration['defaults']> = {}): AskedLimits {
  const attempts = asked.max_attempts ?? defaults.max_attempts;
  return { ...(attempts !== undefined && { max_attempts: attempts }), ...timeLimitsOf(asked, defaults) };
}

function timeLimitsOf(asked: AskedLimits, defaults: AskedLimits): AskedLimits {
  const isNamed = [asked, defaults].some(
    ({ soft_limit_sec, hard_limit_sec }) => (soft_limit_sec ?? hard_limit_sec) !== undefined,
  );
  if (!isNamed) return {};
  const usual = completed(defaults, { soft: limits.softLimitSec, hard: limits.hardLimitSec });
  const { soft, hard } = completed(asked, usual);
  if (soft > hard) throw badRequest(`soft_limit_sec (${soft}) must not be more than hard_limit_sec (${hard}).`);
  return { soft_limit_sec: soft, hard_limit_sec: hard };
}

/** The one that is not named follows the one that is, where the usual one would not fit. */
function completed(
  { soft_limit_sec, hard_limit_sec }: AskedLimits,
  usual: { soft: number; hard: number },
): { soft: number; hard: number } {
  const hard = hard_limit_sec ?? Math.max(usual.hard, soft_limit_sec ?? 0);
  return { soft: soft_limit_sec ?? Math.min(usual.soft, hard), hard };
}
