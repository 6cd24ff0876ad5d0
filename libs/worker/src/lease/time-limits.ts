/** How long a chunk of a lease may run: what its job asks for, else the system's limits. Pure. */
import { type ComputeLease, limits } from '@manyhands/proto';
import type { TimeLimits } from '../slot/slot.ts';

export function timeLimitsMs({
  soft_limit_sec,
  hard_limit_sec,
}: Pick<ComputeLease, 'soft_limit_sec' | 'hard_limit_sec'>): TimeLimits {
  return {
    softLimitMs: (soft_limit_sec ?? limits.softLimitSec) * 1000,
    hardLimitMs: (hard_limit_sec ?? limits.hardLimitSec) * 1000,
  };
}
