/** Reads partials that a snapshot had no room for, from the mailbox, where each is part of the result it came with. */
import { lastStored } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { decodeResult, isManyhandsError, mailboxSubjects } from '@manyhands/proto';
import { parseStretchId, stretchText } from '../job/held.ts';
import type { ReadPartial } from './held-codec.ts';

export function storedPartials(broker: Broker): ReadPartial {
  return async (jobId, partialId) => {
    const stretch = parseStretchId(partialId);
    const stored = await lastStored(broker, 'mailbox', mailboxSubjects.result(jobId, stretch?.lease ?? partialId));
    if (stored === undefined) return undefined;
    try {
      const result = decodeResult(stored.data);
      if (result.type === 'LeaseFailed') return undefined;
      return stretch ? stretchText(result, stretch.index) : (result.partial?.text ?? result.text);
    } catch (error) {
      if (isManyhandsError(error, 'undecodable')) return undefined;
      throw error;
    }
  };
}
