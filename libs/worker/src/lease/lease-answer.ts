/** What is answered for what became of a lease in a slot. Pure. */
import { type ComputeLease, limits, type StoredRef } from '@manyhands/proto';
import type { SlotOutcome } from '../slot/slot.ts';
import { computedMessage, crashError, failedMessage, interruptedMessage, overranError, type Runner } from './result-message.ts';
import { timeLimitsMs } from './time-limits.ts';

export interface LeaseAnswer {
  /** To be stored before the message is made, which names it. */
  bytes?: Uint8Array;
  message(stored?: StoredRef): Uint8Array;
  /** Worth a line in the log. */
  warning?: string;
}

/** Undefined when it was stopped because its result is not needed any more. `end`: of what the slot was given, where that is not all of the lease. */
export function answerOf(lease: ComputeLease, runner: Runner, outcome: SlotOutcome, end?: number): LeaseAnswer | undefined {
  switch (outcome.is) {
    case 'computed': {
      const { bytes, ...rest } = outcome;
      const leftFrom = outcome.leftFrom ?? end;
      const left = { ...rest, ...(leftFrom !== undefined && { leftFrom }) };
      return {
        ...(bytes && { bytes }),
        message: (stored) => computedMessage(lease, runner, { ...left, ...(stored && { stored }) }),
      };
    }
    case 'failed':
      return { message: () => failedMessage(lease, runner, outcome.error) };
    case 'crashed':
      return {
        message: () => interruptedMessage(lease, runner, outcome.done, crashError(outcome.reason)),
        warning: `a slot's thread died: ${outcome.reason}`,
      };
    case 'overran':
      return {
        message: () => interruptedMessage(lease, runner, outcome.done, overranError(timeLimitsMs(lease))),
        warning: 'a chunk ran to its hard time limit; its thread was ended',
      };
    case 'cancelled':
      return undefined;
  }
}

/** Of a merge of lines, which took no slot. */
export function joinedAnswer(lease: ComputeLease, runner: Runner, lines: Uint8Array): LeaseAnswer {
  const computed = { failed: [], computeMs: 0 };
  if (lines.length > limits.inlineLinesBytesMax)
    return { bytes: lines, message: (stored) => computedMessage(lease, runner, { ...computed, ...(stored && { stored }) }) };
  return { message: () => computedMessage(lease, runner, { ...computed, text: new TextDecoder().decode(lines) }) };
}
