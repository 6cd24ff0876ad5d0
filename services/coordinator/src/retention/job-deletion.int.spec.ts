import { createOutbox, openBroker, openBucket, provision, putResultsRecord, readStored, storeObject } from '@manyhands/broker';
import type { Broker, Bucket } from '@manyhands/nats';
import {
  answeredSubjects,
  artifactSubjects,
  coreSubjects,
  deadSubjects,
  eventSubjects,
  decode,
  encode,
  JobDeletion,
  keys,
  limits,
  LOCAL_TENANT,
  logSubjects,
  mailboxSubjects,
  newJobId,
  type JobView,
} from '@manyhands/proto';
import { aJobView, aRequeueJob, aSubmitJob, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCoordinator } from '../application.ts';
import { JobDeletions } from './job-deletion.ts';

let server: NatsServer;
let broker: Broker;
let jobs: Bucket;
let jobState: Bucket;
let deletions: JobDeletions;
const bytes = new TextEncoder().encode('{}');

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
  jobs = await openBucket(broker, 'jobs');
  jobState = await openBucket(broker, 'jobState');
  deletions = new JobDeletions(broker, { jobs, jobState });
});
afterAll(async () => {
  await broker?.close();
  await server?.stop();
});

/** A job and something of it in each place; its submission is the first message of its mailbox. */
async function aStoredJob(view: Partial<JobView>): Promise<string> {
  const jobId = newJobId();
  const outbox = createOutbox(broker);
  // Its end first, so that a coordinator which runs already takes its submission for a repeat.
  await jobs.put(keys.job(LOCAL_TENANT, jobId), encode(aJobView({ job_id: jobId, ...view })));
  await outbox.publishAll([{ subject: eventSubjects.finished(LOCAL_TENANT, jobId, view.round), data: bytes }]);
  await outbox.publishAll([
    { subject: mailboxSubjects.submit(jobId), data: encode(aSubmitJob({ job_id: jobId })) },
    { subject: deadSubjects.chunk(LOCAL_TENANT, jobId, 0, 0), data: bytes },
    { subject: deadSubjects.mailbox(jobId), data: bytes },
    { subject: logSubjects.ofJob(LOCAL_TENANT, jobId), data: bytes },
    { subject: answeredSubjects.page(LOCAL_TENANT, jobId, 0), data: bytes },
  ]);
  await storeObject(broker, { tenant: LOCAL_TENANT, owner: jobId, name: 'results-0-c' }, encode('line'));
  const manifest = { name: 'results-0-c', from: 0, bytes: 6 };
  await putResultsRecord(broker, {
    ...{ v: 1, type: 'ResultsRecord', job_id: jobId, tenant: LOCAL_TENANT, round: 0, chunks: 1, bytes: 6, manifest },
  });
  await jobState.put(keys.jobState(jobId), bytes);
  return jobId;
}

/** Where something of it is. */
async function placesOf(jobId: string): Promise<string[]> {
  const streams = [
    ['mailbox', mailboxSubjects.ofJob(jobId)],
    ['dead', deadSubjects.chunksOfJob(LOCAL_TENANT, jobId)],
    ['dead', deadSubjects.mailbox(jobId)],
    ['logs', logSubjects.ofJob(LOCAL_TENANT, jobId)],
    ['answered', answeredSubjects.ofJob(LOCAL_TENANT, jobId)],
    ['artifacts', artifactSubjects.ofOwner(LOCAL_TENANT, jobId)],
  ] as const;
  const found: string[] = [];
  for (const [stream, filter] of streams) if ((await readStored(broker, stream, filter)).length > 0) found.push(stream);
  if ((await jobs.get(keys.job(LOCAL_TENANT, jobId)))?.value !== undefined) found.push('jobs');
  if ((await jobState.get(keys.jobState(jobId)))?.value !== undefined) found.push('jobState');
  const records = await openBucket(broker, 'artifactRecords');
  if ((await records.get(keys.artifact(LOCAL_TENANT, jobId)))?.value !== undefined) found.push('artifactRecords');
  return found;
}
const everywhere = ['mailbox', 'dead', 'dead', 'logs', 'answered', 'artifacts', 'jobs', 'jobState', 'artifactRecords'];
const deleted = (jobId: string, tenant: string = LOCAL_TENANT) => deletions.delete({ tenant, job_id: jobId });

it.each(['completed', 'failed', 'cancelled'] as const)(
  'of a job that is %s nothing is left, and others keep what is theirs',
  async (status) => {
    const [gone, other] = [await aStoredJob({ status }), await aStoredJob({ status })];
    expect(await placesOf(gone)).toEqual(everywhere);
    expect(await deleted(gone)).toBe('deleted');
    expect(await placesOf(gone)).toEqual([]);
    expect(await deleted(gone)).toBe('missing');
    expect(await placesOf(other)).toEqual(everywhere);
  },
);

it.each(['pending', 'running', 'paused'] as const)('a job that is %s stays whole', async (status) => {
  const jobId = await aStoredJob({ status });
  expect(await deleted(jobId)).toBe('not over');
  expect(await placesOf(jobId)).toEqual(everywhere);
});

it('a job stays whole whose requeue is stored, and so does one of another tenant, or one whose view nobody can read', async () => {
  const [again, theirs, unreadable] = [
    await aStoredJob({ status: 'failed', round: 1 }),
    await aStoredJob({ status: 'failed' }),
    await aStoredJob({ status: 'failed' }),
  ];
  const requeue = aRequeueJob({ job_id: again, round: 2 });
  await createOutbox(broker).publishAll([{ subject: mailboxSubjects.requeue(again, 2), data: encode(requeue) }]);
  await jobs.put(keys.job(LOCAL_TENANT, unreadable), bytes);
  expect([await deleted(again), await deleted(theirs, 'somebody'), await deleted(unreadable)]).toEqual([
    'not over',
    'missing',
    'not over',
  ]);
  for (const jobId of [again, theirs, unreadable]) expect(await placesOf(jobId)).toEqual(everywhere);
});

// Seen: "The job was requeued a moment ago", of a job that another request had removed.
it('of several that remove a job at once one does, and for the others it is gone', async () => {
  const jobId = await aStoredJob({ status: 'completed' });
  const outcomes = await Promise.all(Array.from({ length: 4 }, () => deleted(jobId)));
  expect(outcomes.sort()).toEqual(['deleted', 'missing', 'missing', 'missing']);
  expect(await placesOf(jobId)).toEqual([]);
});

it('what comes into the mailbox after it was looked at stays there', async () => {
  const jobId = await aStoredJob({ status: 'completed' });
  const late = { subject: mailboxSubjects.pause(jobId), data: bytes };
  const watching = {
    jobs,
    jobState: {
      get: async (key: string) => (await createOutbox(broker).publishAll([late]), jobState.get(key)),
      remove: (key: string, revision?: number) => jobState.remove(key, revision),
    },
  } as unknown as ConstructorParameters<typeof JobDeletions>[1];
  expect(await new JobDeletions(broker, watching).delete({ tenant: LOCAL_TENANT, job_id: jobId })).toBe('deleted');
  const left = await readStored(broker, 'mailbox', mailboxSubjects.ofJob(jobId));
  expect(left.map(({ subject }) => subject)).toEqual([late.subject]);
});

it('a coordinator answers who asks, with the state of a job that cannot be deleted', async () => {
  const config = {
    natsUrl: server.url,
    replicas: 1,
    logLevel: 'silent',
    retentionHours: 24,
    leaseChunksMax: limits.chunkCountMax,
  } as const;
  const coordinator = await createCoordinator(config);
  await coordinator.listen();
  try {
    const ask = async (jobId: string) => {
      const order = { v: 1, type: 'DeleteJob', job_id: jobId, tenant: LOCAL_TENANT };
      return decode(JobDeletion, await broker.request(coreSubjects.deleteJob, encode(order), 5_000)).outcome;
    };
    const [over, never] = [await aStoredJob({ status: 'completed' }), newJobId()];
    expect([await ask(over), await ask(over), await ask(never)]).toEqual(['deleted', 'missing', 'missing']);
    expect(await placesOf(over)).toEqual([]);
  } finally {
    await coordinator.close();
  }
});
