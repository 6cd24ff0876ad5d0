import { lastStored } from '@manyhands/broker';
import { BUCKETS, encode, keys, mailboxSubjects, newJobId, PARTITION_COUNT } from '@manyhands/proto';
import { aJobView } from '@manyhands/testkit';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { CoordinatorTest } from '../running-coordinator.fixture.ts';
import type { JobTurns } from './job-turns.ts';
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

/** One whose watch sweeps only when it is asked to. */
async function startCoordinator(): Promise<JobTurns> {
  const { turns } = await test.startCoordinator();
  turns.watch.stop();
  return turns;
}

/** Its partitions' mailboxes are empty: what is stored there has been taken up. */
async function allQuiet(turns: JobTurns): Promise<void> {
  await vi.waitFor(() => expect(turns.held().quiet.size).toBe(PARTITION_COUNT), { timeout: 20_000 });
}

// Seen: 8,000 jobs that had ended within two minutes cost the coordinator and the server 4 s of processor, again every 15 s.
it('of jobs that are not in memory as many are looked at in one sweep as is the limit, and those that ended once a minute', async () => {
  const turns = await startCoordinator();
  const kind = test.newKind();
  await test.startWorker(kind);
  const jobs = await Promise.all(Array.from({ length: 700 }, () => test.submit({ kind, chunks: 1 })));
  for (const { job_id } of jobs) await test.ended(job_id);
  await allQuiet(turns);
  for (const reads of [500, 200, 0, 0, 500]) expect(await viewReads(turns.watch)).toBe(reads);
  expect(turns.counts.jobs_rebuilt).toBe(0);
});

it('a job that nothing is under way for is found, however many are looked at by turns', async () => {
  const stored = Array.from({ length: 1_200 }, () => newJobId()).sort();
  const lost = [stored[10]!, stored[700]!];
  for (const job_id of stored) {
    const status = lost.includes(job_id) ? 'running' : 'completed';
    await test.jobs.put(keys.job('local', job_id), encode(aJobView({ job_id, status })));
    await test.jobState.put(keys.jobState(job_id), encode({}));
  }
  const turns = await startCoordinator();
  await allQuiet(turns);
  const isRung = (job_id: string) => lastStored(test.broker, 'mailbox', mailboxSubjects.timer(job_id, 'retry'));
  for (let sweep = 0; sweep < 12; sweep += 1) await turns.watch.sweep();
  for (const job_id of stored) expect([job_id, (await isRung(job_id)) !== undefined]).toEqual([job_id, lost.includes(job_id)]);
});
