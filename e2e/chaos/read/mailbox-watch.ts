/**
 * Reads MAILBOX for the whole run and writes down each submit and result that was stored: the mailbox of a job goes soon after its end.
 *
 * Invariant: each message is read once, in order, also when the server is away in between; `stop` has read to the end.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { parseMailboxSubject, type LeaseComputed, type LeaseResult } from '@manyhands/proto';
import { readStored } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import type { History } from '../history.ts';

const lookMs = 250;
const text = new TextDecoder();

export function watchMailbox(broker: Broker, history: History): { stop(): Promise<void> } {
  let after = 0;
  const stopping = new AbortController();
  const readOn = async (): Promise<void> => {
    for (const { subject, data, sequence } of await readStored(broker, 'mailbox', 'job.>', { afterSequence: after })) {
      note(history, subject, data);
      after = sequence;
    }
  };
  const reading = (async () => {
    while (!stopping.signal.aborted) {
      // What is not read because the server is away is read the next time.
      await readOn().catch(() => undefined);
      await wait(lookMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await reading;
      await readOn();
    },
  };
}

function note(history: History, subject: string, data: Uint8Array): void {
  const address = parseMailboxSubject(subject);
  if (address?.what === 'submit') history.add({ what: 'stored-submit', job: address.jobId });
  if (address?.what !== 'result') return;
  const result = JSON.parse(text.decode(data)) as LeaseResult;
  const { lease, about, type, delivery, worker } = result;
  const left = result.type === 'LeaseComputed' ? leftOf(result) : 0;
  history.add({ what: 'stored-result', job: address.jobId, lease, about, type, delivery, worker, ...(left > 0 && { left }) });
}

function leftOf({ failed, left = [] }: LeaseComputed): number {
  return left.reduce((sum, [begin, end]) => sum + end - begin, failed.length);
}
