import { ComputeLease, decode, encode, ManyhandsError } from '@manyhands/proto';
import type { OutgoingMessage } from '@manyhands/nats';
import { createLogger } from '@manyhands/observe';
import { aComputeLease } from '@manyhands/testkit';
import { expect, it, vi } from 'vitest';
import { HandOver } from './hand-over.ts';

const log = createLogger('test', { level: 'silent' });

function scene({ refusals = 0, stored = true } = {}) {
  const did: string[] = [];
  const copies: OutgoingMessage[] = [];
  const handOver = new HandOver({
    log,
    isStored: () => Promise.resolve(stored),
    outbox: {
      publishAll: (messages) => {
        if (did.push('publish') <= refusals) return Promise.reject(new ManyhandsError('unavailable', 'stream WORK is full'));
        copies.push(...messages);
        return Promise.resolve(messages.map(() => 'stored' as const));
      },
    },
  });
  const give = () =>
    handOver.give({
      delivery: { subject: 'work.x', data: encode(aComputeLease()), sequence: 7 },
      unanswered: 1,
      ack: () => did.push('ack'),
      nak: () => did.push('nak'),
    });
  return { did, copies, handOver, give };
}

it('a lease is acknowledged after its copy is stored', async () => {
  const { did, copies, handOver, give } = scene();
  give();
  await handOver.settled();
  expect(did).toEqual(['publish', 'ack']);
  expect(copies).toHaveLength(1);
  expect(copies[0]).not.toHaveProperty('messageId');
  expect(decode(ComputeLease, copies[0]!.data)).toMatchObject({ unanswered: 1 });
});

it('what has left WORK is not put there again', async () => {
  const { did, handOver, give } = scene({ stored: false });
  give();
  await handOver.settled();
  expect(did).toEqual(['ack']);
});

it('while there is no room it is tried again, until it is given back', async () => {
  vi.useFakeTimers();
  try {
    const { did, give } = scene({ refusals: 3 });
    give();
    await vi.advanceTimersByTimeAsync(700);
    expect(did).toEqual(['publish', 'publish', 'publish', 'publish', 'ack']);
    const full = scene({ refusals: Infinity });
    full.give();
    await vi.advanceTimersByTimeAsync(300);
    full.handOver.abandon();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(full.did).toEqual(['publish', 'publish', 'nak']);
    await full.handOver.settled();
  } finally {
    vi.useRealTimers();
  }
});
