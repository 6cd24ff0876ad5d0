/** When a shared job is asked for again. Pure. */
import { backoffMs } from '../backoff.ts';

/** Milliseconds between two questions while the job can change. */
export const askEveryMs = 2_000;

/** How the last question was answered. `tries`: questions without an answer, one after the other. */
export type Answered = { is: 'open' | 'over' | 'gone' } | { is: 'problem'; tries: number; retryAfterSec?: number | undefined };

/** Milliseconds until the next question; null: there is none. `luck`: 0 to 1, spreads those of many readers. */
export function nextAskMs(answered: Answered, luck: number): number | null {
  if (answered.is !== 'problem') return answered.is === 'open' ? askEveryMs : null;
  const { tries, retryAfterSec = 0 } = answered;
  return Math.max(askEveryMs, backoffMs(tries, luck), 1_000 * retryAfterSec);
}
