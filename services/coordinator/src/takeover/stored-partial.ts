/** Reads partials that a snapshot had no room for, from the mailbox, where each is part of the result it came with. */
import { lastStored } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { decodeResult, isManyhandsError, mailboxSubjects } from '@manyhands/proto';
import type { ReadPartial } from './job-state-codec.ts';

export function storedPartials(broker: Broker): ReadPartial {
  return async (jobId, partialId) => {
    const stored = await lastStored(broker, 'mailbox', mailboxSubjects.result(jobId, partialId));
    if (stored === undefined) return undefined;
    try {
      const result = decodeResult(stored.data);
      return result.type === 'LeaseComputed' ? result.partial?.text : undefined;
    } catch (error) {
      if (isManyhandsError(error, 'undecodable')) return undefined;
      throw error;
    }
  };
}
