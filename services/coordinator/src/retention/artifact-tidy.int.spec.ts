import {
  getResultsRecord,
  inputObject,
  openBroker,
  openBucket,
  provision,
  putResultsRecord,
  storedCounts,
  storeObject,
} from '@manyhands/broker';
import type { Broker, Bucket } from '@manyhands/nats';
import { createLogger } from '@manyhands/observe';
import { artifactSubjects, encode, keys, LOCAL_TENANT, newInputId, newJobId } from '@manyhands/proto';
import { aJobView, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ArtifactTidy } from './artifact-tidy.ts';

let server: NatsServer;
let broker: Broker;
let jobs: Bucket;
const hour = 3_600_000;

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
  jobs = await openBucket(broker, 'jobs');
});
afterAll(async () => {
  await broker?.close();
  await server?.stop();
});

const partsOf = async (owner: string): Promise<number> =>
  (await storedCounts(broker, 'artifacts', artifactSubjects.ofOwner(LOCAL_TENANT, owner))).size;

/** Lines of a lease, those of a run that did not count, and a record. */
async function aJobWithLines(): Promise<string> {
  const owner = newJobId();
  for (const name of ['o-0-1-0-a', 'o-0-1-0-b', 'results-0-c'])
    await storeObject(broker, { tenant: LOCAL_TENANT, owner, name }, encode('line'));
  const manifest = { name: 'results-0-c', from: 0, bytes: 6 };
  await putResultsRecord(broker, {
    ...{ v: 1, type: 'ResultsRecord', job_id: owner, tenant: LOCAL_TENANT, round: 0, chunks: 1, bytes: 6, manifest },
  });
  return owner;
}

it('what a job has stored leaves once the job is gone and its parts are older than a job is kept, the record first', async () => {
  const [gone, finished, running] = [await aJobWithLines(), await aJobWithLines(), await aJobWithLines()];
  await jobs.put(keys.job(LOCAL_TENANT, finished), encode(aJobView({ job_id: finished, status: 'completed' })));
  await jobs.put(keys.job(LOCAL_TENANT, running), encode(aJobView({ job_id: running, status: 'running' })));
  const input = inputObject(LOCAL_TENANT, newInputId());
  await storeObject(broker, input, encode('record'));
  const tidy = new ArtifactTidy(broker, jobs, 24, createLogger('test', { level: 'silent' }));

  expect(await tidy.sweep(Date.now() + 20 * hour)).toBe(0);
  expect(await partsOf(gone)).toBe(3);

  expect(await tidy.sweep(Date.now() + 30 * hour)).toBe(1);
  expect(await getResultsRecord(broker, LOCAL_TENANT, gone)).toBeUndefined();
  expect(await Promise.all([gone, finished, running, input.owner].map(partsOf))).toEqual([0, 3, 3, 1]);
  expect(await getResultsRecord(broker, LOCAL_TENANT, finished)).toBeDefined();
  expect(await tidy.sweep(Date.now() + 30 * hour)).toBe(0);
});
