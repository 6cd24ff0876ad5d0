import { BUCKETS, STREAMS } from '@manyhands/proto';
import { describe, expect, it } from 'vitest';
import { broker, useProvisionedServer } from '@manyhands/testkit/provisioned-server';
import { Room } from './room.ts';

useProvisionedServer();

const small = 300;

/** Runs with a stream that is as full as is said of its limit; then as it was. */
async function filled(
  stream: string,
  subject: string,
  run: (limit: (bytes: number) => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const { config } = await broker.manager.streams.info(stream);
  try {
    for (let count = 0; count < 20; count += 1) await broker.jetstream.publish(`${subject}.${count}`, new Uint8Array(50_000));
    await run((max_bytes) => broker.manager.streams.update(stream, { max_bytes }));
  } finally {
    await broker.manager.streams.purge(stream);
    await broker.manager.streams.update(stream, { max_bytes: config.max_bytes });
  }
}

describe('room for new jobs', () => {
  it.each([
    ['stream MAILBOX', STREAMS.mailbox.name, 'job.00.x.result'],
    ['stream WORK', STREAMS.work.name, 'work.sum.low'],
    ['stream TIMERS', STREAMS.timers.name, 'timer.due.00.x'],
    ['bucket jobs', `KV_${BUCKETS.jobs.name}`, '$KV.jobs.local'],
    ['bucket job_state', `KV_${BUCKETS.jobState.name}`, '$KV.job_state'],
  ])('there is none while %s is nine tenths full, and there is again with more of it', async (name, stream, subject) => {
    let nowMs = 0;
    const room = new Room(broker, () => nowMs);
    expect(await room.shortage(small)).toBeUndefined();
    await filled(stream, subject, async (limit) => {
      const { state } = await broker.manager.streams.info(stream);
      await limit(Math.ceil(state.bytes / 0.95));
      nowMs += 10_000;
      expect(await room.shortage(small)).toContain(name);
      await limit(state.bytes * 2);
      nowMs += 10_000;
      expect(await room.shortage(small)).toBeUndefined();
    });
  });

  it('counts what it let in since it last looked, without looking again', async () => {
    await filled('KV_jobs', '$KV.jobs.local', async (limit) => {
      const { state } = await broker.manager.streams.info('KV_jobs');
      // Room for a hundred small views below nine tenths.
      await limit(Math.ceil((state.bytes + 100 * 1_800) / 0.9));
      const room = new Room(broker, () => 0);
      let accepted = 0;
      while ((await room.shortage(small)) === undefined) accepted += 1;
      expect(accepted).toBeGreaterThan(80);
      expect(accepted).toBeLessThanOrEqual(100);
    });
  });

  it('counts the views of jobs that wait for a coordinator as if they were there', async () => {
    await filled('KV_jobs', '$KV.jobs.local', async (limit) => {
      const { state } = await broker.manager.streams.info('KV_jobs');
      await limit(Math.ceil((state.bytes + 100 * 1_800) / 0.9));
      for (let count = 0; count < 130; count += 1)
        await broker.jetstream.publish(`job.00.waits-${count}.submit`, new Uint8Array(10));
      expect(await new Room(broker).shortage(small)).toContain('bucket jobs');
      await broker.manager.streams.purge(STREAMS.mailbox.name);
      expect(await new Room(broker).shortage(small)).toBeUndefined();
    });
  });
});
