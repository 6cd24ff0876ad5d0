import { createOutbox, openBroker, openBucket, provision } from '@manyhands/broker';
import type { Broker, Bucket } from '@manyhands/nats';
import { createLogger } from '@manyhands/observe';
import { BUCKETS, encode, keys, mailboxSubjects, newJobId, partitionName, partitionOf, PARTITION_COUNT } from '@manyhands/proto';
import { aJobView, aSubmitJob, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { LostJobs } from './lost-jobs.ts';

let server: NatsServer;
let broker: Broker;
let jobs: Bucket;
let jobState: Bucket;

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
  [jobs, jobState] = await Promise.all([openBucket(broker, 'jobs'), openBucket(broker, 'jobState')]);
});
beforeEach(async () => {
  await broker.manager.streams.purge(`KV_${BUCKETS.jobs.name}`);
});
afterAll(async () => {
  await broker?.close();
  await server?.stop();
});

const partitions = Array.from({ length: PARTITION_COUNT }, (_, index) => partitionName(index));
const log = createLogger('test', { level: 'silent' });

function lostJobs(ended: string[], quiet: Iterable<string> = partitions, present: Iterable<string> = []): LostJobs {
  return new LostJobs({
    broker,
    buckets: { jobs, jobState },
    effects: {
      perform: (effects) => {
        ended.push(effects[0]!.actorId);
        return Promise.resolve();
      },
    },
    held: () => ({ quiet: new Set(quiet), isKnown: (jobId) => new Set(present).has(jobId) }),
    log,
  });
}

async function storeView(jobId = newJobId(), status: 'running' | 'completed' = 'running'): Promise<string> {
  await jobs.put(keys.job('local', jobId), encode(aJobView({ job_id: jobId, status })));
  return jobId;
}

/** How often the server is asked for a view, while `action` runs. */
async function viewReads(action: () => Promise<void>): Promise<number> {
  let reads = 0;
  const stream = `KV_${BUCKETS.jobs.name}`;
  const stops = [`$JS.API.DIRECT.GET.${stream}`, `$JS.API.DIRECT.GET.${stream}.>`, `$JS.API.STREAM.MSG.GET.${stream}`].map(
    (subject) => broker.subscribe(subject, () => (reads += 1)),
  );
  await broker.connection.flush();
  await action();
  await broker.connection.flush();
  for (const stop of stops) stop();
  return reads;
}

// Seen: eight sweeps in the minute after partitions moved, and each read every view of every partition.
it('a view is read once, however often lost jobs are looked for, and again only where a job may be lost', async () => {
  const mine = partitionOf(await storeView());
  const others = Array.from({ length: 60 }, () => newJobId());
  for (const id of others) {
    await storeView(id);
    await createOutbox(broker).publishAll([
      { subject: mailboxSubjects.submit(id), data: encode(aSubmitJob({ job_id: id })), expectLastSubjectSequence: 0 },
    ]);
  }
  const done = await storeView(undefined, 'completed');
  const inMine = 1 + [...others, done].filter((id) => partitionOf(id) === mine).length;
  const ended: string[] = [];
  const lost = lostJobs(ended, [mine]);
  expect(await viewReads(async () => void (await lost.sweep()))).toBe(inMine);
  expect(ended).toEqual([]);
  // The one that may be lost: read to look again, and once more to end it.
  expect(await viewReads(async () => void (await lost.sweep()))).toBe(2);
  expect(ended).toHaveLength(1);
  lost.mayBe();
  expect(await viewReads(async () => void (await lost.sweep()))).toBe(inMine);
  await lost.stop();
});

it('only a job found lost twice is ended, and none that is in memory, over, or another partition’s', async () => {
  const lost = await storeView();
  const present = await storeView();
  const over = await storeView(undefined, 'completed');
  let elsewhere = newJobId();
  while (partitionOf(elsewhere) === partitionOf(lost)) elsewhere = newJobId();
  await storeView(elsewhere);
  const ended: string[] = [];
  const look = lostJobs(
    ended,
    partitions.filter((partition) => partition !== partitionOf(elsewhere)),
    [present],
  );
  await look.sweep();
  expect(ended).toEqual([]);
  await look.sweep();
  expect(ended).toContain(lost);
  for (const id of [present, over, elsewhere]) expect(ended).not.toContain(id);
  await look.stop();
});

it('a job whose state comes to light before the second look goes on', async () => {
  const id = await storeView();
  const ended: string[] = [];
  const look = lostJobs(ended);
  await look.sweep();
  await jobState.put(keys.jobState(id), encode({}));
  await look.sweep();
  await look.sweep();
  expect(ended).not.toContain(id);
  await look.stop();
});
