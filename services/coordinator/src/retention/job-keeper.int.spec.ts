import { createSnapshotStore } from '../mailbox/snapshot-store.ts';
import { openBroker, openBucket, provision } from '@manyhands/broker';
import type { Broker, Bucket } from '@manyhands/nats';
import { createLogger } from '@manyhands/observe';
import { encode, keys, type JobView, type SubmitJob } from '@manyhands/proto';
import { aJobView, aSubmitJob, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { submittedJob, type JobState } from '../job/state.ts';
import { JobKeeper } from './job-keeper.ts';

let server: NatsServer;
let broker: Broker;
let jobs: Bucket;
let jobState: Bucket;
const hour = 3_600_000;

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
  [jobs, jobState] = await Promise.all([openBucket(broker, 'jobs'), openBucket(broker, 'jobState')]);
});
afterAll(async () => {
  await broker?.close();
  await server?.stop();
});

function keeper(): JobKeeper {
  return new JobKeeper(broker, { jobs, jobState }, 24, createLogger('test', { level: 'silent' }));
}

/** A job that was passivated: its view and its snapshot are stored. */
async function passivated(status: JobView['status'] = 'running'): Promise<SubmitJob> {
  const submit = aSubmitJob();
  await jobs.put(keys.job(submit.tenant, submit.job_id), encode(aJobView({ job_id: submit.job_id, status })));
  await createSnapshotStore<JobState>(jobState).save(submit.job_id, { state: submittedJob(submit, 0), sequence: 7 }, 0);
  return submit;
}

it('an unfinished job that nobody has heard of for half the retention is written again as it is', async () => {
  const { tenant, job_id: jobId } = await passivated();
  const view = await jobs.get(keys.job(tenant, jobId));
  const snapshot = await jobState.get(jobId);
  expect(await keeper().sweep(Date.now() + 11 * hour)).toBe(0);
  expect((await jobs.get(keys.job(tenant, jobId)))!.revision).toBe(view!.revision);

  expect(await keeper().sweep(Date.now() + 13 * hour)).toBe(1);
  const keptView = await jobs.get(keys.job(tenant, jobId));
  const keptSnapshot = await jobState.get(jobId);
  expect(keptView!.revision).toBeGreaterThan(view!.revision);
  expect(keptView!.createdAtMs).toBeGreaterThanOrEqual(view!.createdAtMs);
  expect(Buffer.from(keptView!.value!)).toEqual(Buffer.from(view!.value!));
  expect(keptSnapshot!.revision).toBeGreaterThan(snapshot!.revision);
  expect(await createSnapshotStore<JobState>(jobState).load(jobId)).toMatchObject({
    sequence: 7,
    state: { submit: { job_id: jobId } },
  });
  await jobState.remove(jobId);
});

it('the state of a job that may be requeued stays as it is, for as long as its view', async () => {
  const failed = await passivated('failed');
  const before = await jobState.get(failed.job_id);
  expect(await keeper().sweep(Date.now() + 13 * hour)).toBe(0);
  expect(await jobState.get(failed.job_id)).toMatchObject({ revision: before!.revision });
  await jobState.remove(failed.job_id);
});

// Seen: one state or view that could not be read ended the sweep, and jobs that waited longer than the retention were lost.
it("what of one job cannot be read is that job's alone", async () => {
  const [strange, unsaid, unseen, good] = [aSubmitJob(), aSubmitJob(), await passivated(), aSubmitJob()];
  await jobState.put(strange.job_id, new TextEncoder().encode('{'));
  await jobState.put(unsaid.job_id, encode({ v: 9, type: 'JobState', chunks: 'many' }));
  await jobs.put(keys.job(unsaid.tenant, unsaid.job_id), encode(aJobView({ job_id: unsaid.job_id, status: 'running' })));
  await jobs.put(keys.job(unseen.tenant, unseen.job_id), new TextEncoder().encode('no view'));
  await jobState.put(good.job_id, encode({ v: 2, type: 'JobState', sequence: 7, state: { submit: good } }));
  await jobs.put(keys.job(good.tenant, good.job_id), encode(aJobView({ job_id: good.job_id, status: 'paused' })));
  const revisions = async (): Promise<number[]> =>
    Promise.all([strange, unsaid, unseen, good].map(async ({ job_id: id }) => (await jobState.get(id))!.revision));
  const viewRevision = async (): Promise<number> => (await jobs.get(keys.job(unsaid.tenant, unsaid.job_id)))!.revision;
  const [before, viewBefore] = [await revisions(), await viewRevision()];
  expect(await keeper().sweep(Date.now() + 13 * hour)).toBe(4);
  for (const [index, revision] of (await revisions()).entries()) expect(revision).toBeGreaterThan(before[index]!);
  expect(await viewRevision(), 'found by the id of the job').toBeGreaterThan(viewBefore);
  await Promise.all([strange, unsaid, unseen, good].map(({ job_id: id }) => jobState.remove(id)));
});

it('the state of a job that has ended is not kept', async () => {
  const ended = await passivated('completed');
  expect(await keeper().sweep(Date.now() + 11 * hour)).toBe(0);
  expect(await jobState.get(ended.job_id)).toBeDefined();
  expect(await keeper().sweep(Date.now() + 13 * hour)).toBe(0);
  expect(await jobState.get(ended.job_id)).toBeUndefined();
});

it('a job whose view has left and a job that just moved on are no trouble', async () => {
  const gone = await passivated();
  await jobs.remove(keys.job(gone.tenant, gone.job_id));
  const kept = await Promise.all([keeper().sweep(Date.now() + 13 * hour), keeper().sweep(Date.now() + 13 * hour)]);
  expect(Math.max(...kept)).toBe(1);
  expect(await jobs.get(keys.job(gone.tenant, gone.job_id))).toBeUndefined();
});
