/** What an operator removes by hand while jobs run comes back, and the jobs end right. */
import { isFinal, PARTITIONS, STREAMS, WORK_QUEUES } from '@manyhands/proto';
import { setTimeout as computing } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { countingAnswer } from '../fake-worker.fixture.ts';
import { CoordinatorTest } from '../running-coordinator.fixture.ts';

let world: CoordinatorTest;

beforeAll(async () => {
  world = await CoordinatorTest.open();
});
afterEach(() => world.reset());
afterAll(() => world?.close());

/** A job of some seconds, in the middle. */
async function midway() {
  const kind = world.newKind();
  const { bus } = await world.startCoordinator();
  const worker = await world.startWorker(kind, async (lease) => (await computing(100), countingAnswer(lease)));
  const job = await world.submit({ kind, chunks: 60 });
  await world.shown(job.job_id, ({ completed_chunks: done }) => done > 0);
  return { kind, bus, job, worker };
}

const consumersThere = async (stream: string) => {
  const names: string[] = [];
  for await (const { name, config } of world.broker.manager.consumers.list(stream)) if (config.durable_name) names.push(name);
  return names.sort();
};

// Seen: consumers deleted by hand never came back, and nobody said so; the job ran for ever.
it(
  'consumers of the mailbox, of schedules and of notices come back, the job ends right, and its mailbox is not run anew',
  { timeout: 90_000 },
  async () => {
    const { bus, job } = await midway();
    const deleted = [STREAMS.mailbox.name, STREAMS.schedules.name, STREAMS.advisories.name];
    const before = await Promise.all(deleted.map(consumersThere));
    expect(before[0]).toHaveLength(PARTITIONS.length);
    for (const [index, stream] of deleted.entries())
      for (const name of before[index]!) await world.broker.manager.consumers.delete(stream, name);
    await vi.waitFor(async () => expect(await Promise.all(deleted.map(consumersThere))).toEqual(before), {
      timeout: 15_000,
      interval: 100,
    });
    await vi.waitFor(
      () =>
        expect(bus.said.troubles).toEqual(
          expect.arrayContaining([expect.objectContaining({ what: 'consumer due of stream SCHEDULES', mended: true })]),
        ),
      { timeout: 5_000, interval: 100 },
    );
    expect(await world.ended(job.job_id, 40_000)).toMatchObject({ status: 'completed', completed_chunks: 60, result: 60 });
    await vi.waitFor(() => expect(bus.said.counts?.['assets_mended']).toBeGreaterThanOrEqual(PARTITIONS.length + 2), {
      timeout: 10_000,
    });
    // Nothing of it is computed again.
    await computing(3_000);
    expect(await world.viewOf(job.job_id)).toMatchObject({ status: 'completed', completed_chunks: 60 });
    expect((await world.broker.manager.streams.info(STREAMS.work.name)).state.messages).toBe(0);
  },
);

it('a paused partition goes on', { timeout: 60_000 }, async () => {
  const { job } = await midway();
  for (const name of await consumersThere(STREAMS.mailbox.name))
    await world.broker.manager.consumers.pause(STREAMS.mailbox.name, name, new Date(Date.now() + 3_600_000));
  expect(await world.ended(job.job_id, 40_000)).toMatchObject({ status: 'completed', completed_chunks: 60 });
});

it('WORK purged, and single leases taken out of it: the job ends right', { timeout: 120_000 }, async () => {
  const { job } = await midway();
  await world.broker.manager.streams.purge(STREAMS.work.name);
  const { completed_chunks: done } = await world.shown(job.job_id, () => true);
  await world.shown(job.job_id, (view) => isFinal(view.status) || view.completed_chunks > done, 40_000);
  const { state } = await world.broker.manager.streams.info(STREAMS.work.name);
  if (state.messages > 0)
    await world.broker.manager.streams.deleteMessage(STREAMS.work.name, state.last_seq).catch(() => undefined);
  expect(await world.ended(job.job_id, 60_000)).toMatchObject({ status: 'completed', completed_chunks: 60 });
});

it.each(['WORK', 'MAILBOX', 'TIMERS', 'EVENTS', 'KV_job_state', 'KV_jobs', 'KV_coordinators'])(
  '%s removed whole: it is made anew, and the job ends in words',
  { timeout: 120_000 },
  async (stream) => {
    const { kind, job } = await midway();
    await world.broker.manager.streams.delete(stream);
    await vi.waitFor(() => world.broker.manager.streams.info(stream), { timeout: 15_000, interval: 100 });
    if (stream === 'WORK')
      for (const queue of WORK_QUEUES)
        await vi
          .waitFor(() => world.broker.manager.consumers.info('WORK', `${kind}_${queue}`), { timeout: 1_000 })
          .catch(() => world.startWorker(kind));
    expect(await world.ended(job.job_id, 60_000)).toMatchObject({ status: expect.stringMatching(/completed|failed/) as string });
    const next = await world.submit({ kind, chunks: 3 });
    expect(await world.ended(next.job_id, 40_000)).toMatchObject({ status: 'completed', completed_chunks: 3 });
  },
);
