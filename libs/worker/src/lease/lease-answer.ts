/** What a lease asks of a slot, and what is answered for what became of it there. Pure. */
import { runOf, type ComputeLease } from '@manyhands/proto';
import type { SlotOutcome } from '../slot/slot.ts';
import type { SlotTask } from '../slot/slot-messages.ts';
import { computedMessage, crashError, failedMessage, interruptedMessage, overranError, type Runner } from './result-message.ts';
import { timeLimitsMs } from './time-limits.ts';

export interface LeaseAnswer {
  message: Uint8Array;
  /** Worth a line in the log. */
  warning?: string;
}

export function taskOf({ task, job_id: jobId }: Pick<ComputeLease, 'task' | 'job_id'>): SlotTask {
  if (task.op === 'merge') return { op: 'merge', partials: task.inputs.map((input) => input.partial) };
  const { begin, end, total, attempt } = task;
  return { op: 'compute', begin, end, total, attempt: runOf(attempt) + 1, jobId };
}

/** Undefined when it was stopped because its result is not needed any more. */
export function answerOf(lease: ComputeLease, runner: Runner, outcome: SlotOutcome): LeaseAnswer | undefined {
  switch (outcome.is) {
    case 'computed':
      return { message: computedMessage(lease, runner, outcome) };
    case 'failed':
      return { message: failedMessage(lease, runner, outcome.error) };
    case 'crashed':
      return {
        message: interruptedMessage(lease, runner, outcome.done, crashError(outcome.reason)),
        warning: `a slot's thread died: ${outcome.reason}`,
      };
    case 'overran':
      return {
        message: interruptedMessage(lease, runner, outcome.done, overranError(timeLimitsMs(lease))),
        warning: 'a chunk ran to its hard time limit; its thread was ended',
      };
    case 'cancelled':
      return undefined;
  }
}
