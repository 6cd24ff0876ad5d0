import { createOutbox, lastStored, purgeStored, readStored } from './bound.ts';
import { workSubjects } from '@manyhands/proto';
import { describe, expect, it } from 'vitest';
import { broker, server, useProvisionedServer } from '@manyhands/testkit/provisioned-server';

useProvisionedServer();

/** Stores `count` messages of one job, with as many of another between them. Returns the job's sequences. */
async function store(job: string, count: number): Promise<number[]> {
  const messages = Array.from({ length: count * 2 }, (_, n) => ({
    subject: `job.00.${n % 2 === 0 ? job : `not-${job}`}.result.${n}`,
    data: Buffer.from(String(n)),
  }));
  await createOutbox(broker).publishAll(messages);
  const last = await lastStored(broker, 'mailbox', `job.00.not-${job}.>`);
  return Array.from({ length: count }, (_, n) => last!.sequence + 1 - (count - n) * 2);
}
const sequencesOf = (messages: { sequence: number }[]) => messages.map(({ sequence }) => sequence);

describe.each([
  ['a few', 5],
  ['as many as are read singly', 16],
  ['one more than that', 17],
  ['hundreds', 400],
])('%s stored messages', (_, count) => {
  it('are read in order, with subject, bytes and time, and nothing of another job', async () => {
    const startedMs = Date.now();
    const job = `all-${count}`;
    const sequences = await store(job, count);
    const messages = await readStored(broker, 'mailbox', `job.00.${job}.>`);
    expect(sequencesOf(messages)).toEqual(sequences);
    expect(messages[0]).toMatchObject({ subject: `job.00.${job}.result.0` });
    expect(Buffer.from(messages.at(-1)!.data).toString()).toBe(String((count - 1) * 2));
    expect(messages[0]!.storedAtMs).toBeGreaterThanOrEqual(startedMs - 1_000);
    expect(messages[0]!.storedAtMs).toBeLessThanOrEqual(Date.now() + 1_000);
  });

  it('are read between two sequences, both excluded', async () => {
    const job = `some-${count}`;
    const sequences = await store(job, count);
    const range = { afterSequence: sequences[1]!, beforeSequence: sequences.at(-1)! };
    expect(sequencesOf(await readStored(broker, 'mailbox', `job.00.${job}.>`, range))).toEqual(sequences.slice(2, -1));
  });
});

describe('readStored', () => {
  it('finds nothing where nothing is', async () => {
    expect(await readStored(broker, 'mailbox', 'job.00.nobody.>')).toEqual([]);
    expect(await readStored(broker, 'mailbox', 'job.>', { afterSequence: 10_000_000 })).toEqual([]);
  });

  it('reads more messages than a call takes arguments', async () => {
    const count = 150_000;
    const outbox = createOutbox(broker);
    for (let from = 0; from < count; from += 10_000) {
      await outbox.publishAll(
        Array.from({ length: 10_000 }, (_, n) => ({ subject: `job.00.many.result.${from + n}`, data: new Uint8Array(1) })),
      );
    }
    expect(await readStored(broker, 'mailbox', 'job.00.many.>')).toHaveLength(count);
  }, 90_000);

  it('reads a work queue without taking from it', async () => {
    const leases = Array.from({ length: 40 }, (_, n) => ({
      subject: workSubjects.lease('sum', 'normal', 'queued'),
      data: Buffer.from(String(n)),
    }));
    await createOutbox(broker).publishAll(leases);
    expect(await readStored(broker, 'work', workSubjects.ofJob('queued'))).toHaveLength(40);
    expect(await readStored(broker, 'work', workSubjects.ofJob('queued'))).toHaveLength(40);
  });

  it('leaves no consumer behind', async () => {
    await store('passing', 40);
    await readStored(broker, 'mailbox', 'job.00.passing.>');
    const { state } = await broker.manager.streams.info('MAILBOX');
    expect(state.consumer_count).toBe(16);
  });

  it('waits for a server that is being restarted', async () => {
    const sequences = await store('restarted', 3);
    await server.kill();
    const reading = readStored(broker, 'mailbox', 'job.00.restarted.>');
    await server.restart();
    expect(sequencesOf(await reading)).toEqual(sequences);
  });
});

describe('lastStored', () => {
  it('finds the newest, or undefined', async () => {
    const sequences = await store('newest', 3);
    expect((await lastStored(broker, 'mailbox', 'job.00.newest.>'))?.sequence).toBe(sequences.at(-1));
    expect(await lastStored(broker, 'mailbox', 'job.00.newest.submit')).toBeUndefined();
  });
});

describe('purgeStored', () => {
  it('removes what matches and says how many', async () => {
    await store('purged', 5);
    expect(await purgeStored(broker, 'mailbox', 'job.00.purged.>')).toBe(5);
    expect(await readStored(broker, 'mailbox', 'job.00.purged.>')).toEqual([]);
    expect(await readStored(broker, 'mailbox', 'job.00.not-purged.>')).toHaveLength(5);
    expect(await purgeStored(broker, 'mailbox', 'job.00.purged.>')).toBe(0);
  });
});
