import { lastStored } from '@manyhands/broker';
import { BUCKETS, encode, keys, mailboxSubjects, newJobId, PARTITION_COUNT } from '@manyhands/proto';
import { aJobView } from '@manyhands/testkit';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { CoordinatorTest, type RunningCoordinator } from '../running-coordinator.fixture.ts';
import type { JobWatch } from './job-watch.ts';

let test: CoordinatorTest;

beforeAll(async () => {
  test = await CoordinatorTest.open();
});
afterEach(() => test?.reset());
afterAll(() => test?.close());

/** Two sweeps, of which one looks for jobs that are not in memory. Resolves with how often the server was asked for a view. */
async function viewReads(watch: JobWatch): Promise<number> {
  let reads = 0;
  const stream = `KV_${BUCKETS.jobs.name}`;
  const stops = [`$JS.API.DIRECT.GET.${stream}`, `$JS.API.DIRECT.GET.${stream}.>`, `$JS.API.STREAM.MSG.GET.${stream}`].map(
    (subject) => test.broker.subscribe(subject, () => (reads += 1)),
  );
  await test.broker.connection.flush();
  for (let sweep = 0; sweep < 2; sweep += 1) await watch.sweep();
  await test.broker.connection.flush();
  for (const stop of stops) stop();
  return reads;
}

/** Its partitions' mailboxes are empty: what is stored there has been taken up. */
async function allQuiet(coordinator: RunningCoordinator): Promise<RunningCoordinator> {
  await vi.waitFor(() => expect(coordinator.turns.held().quiet.size).toBe(PARTITION_COUNT), { timeout: 20_000 });
  return coordinator;
}

// Seen: 8,000 jobs that had ended within two minutes cost the coordinator and the server 4 s of processor, again every 15 s.
it('jobs that ended here are not looked at; those that ended under an owner before are, as many at a time as is the limit', async () => {
  const first = await test.startCoordinator();
  const kind = test.newKind();
  await test.startWorker(kind);
  const jobs = await Promise.all(Array.from({ length: 20 }, () => test.submit({ kind, chunks: 2 })));
  for (const { job_id } of jobs) await test.ended(job_id);
  await allQuiet(first);
  expect(await viewReads(first.turns.watch)).toBe(0);

  // As an owner that died leaves them.
  await Promise.all(
    Array.from({ length: 600 }, async () => {
      const job_id = newJobId();
      await test.jobs.put(keys.job('local', job_id), encode(aJobView({ job_id, status: 'completed' })));
      await test.jobState.put(keys.jobState(job_id), encode({}));
    }),
  );
  expect(await viewReads(first.turns.watch)).toBe(500);
  expect(first.turns.counts.jobs_rebuilt).toBe(0);
});

it('a job that nothing is under way for is found, however many are looked at by turns', async () => {
  const stored = Array.from({ length: 1_200 }, () => newJobId()).sort();
  const lost = [stored[10]!, stored[700]!];
  for (const job_id of stored) {
    const status = lost.includes(job_id) ? 'running' : 'completed';
    await test.jobs.put(keys.job('local', job_id), encode(aJobView({ job_id, status })));
    await test.jobState.put(keys.jobState(job_id), encode({}));
  }
  const { turns } = await allQuiet(await test.startCoordinator());
  const isRung = (job_id: string) => lastStored(test.broker, 'mailbox', mailboxSubjects.timer(job_id, 'retry'));
  for (let sweep = 0; sweep < 12; sweep += 1) await turns.watch.sweep();
  for (const job_id of stored) expect([job_id, (await isRung(job_id)) !== undefined]).toEqual([job_id, lost.includes(job_id)]);
});
