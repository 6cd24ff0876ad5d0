/** `GET /v1/jobs/:id/chunks` against a real gateway; workers and coordinator are played. */
import { deadSubjects, encode, mailboxSubjects, newJobId, type DeadChunk } from '@manyhands/proto';
import { aJobView, aLeaseComputed, aWorkerHeartbeat, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFixture, type GatewayFixture } from '../gateway.fixture.ts';
import { WorkerRoster } from '../workers/worker-roster.ts';

let nats: NatsServer;
let gateway: GatewayFixture;
const jobId = newJobId();
const view = aJobView({
  job_id: jobId,
  status: 'running',
  total_chunks: 12,
  chunks: { done: [[0, 4]], leased: [[4, 8]], failed: [[8, 9]], coarse: false },
});

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startFixture(nats.url);
  const { world } = gateway;
  await world.save(view);
  const result = aLeaseComputed({ job_id: jobId, begin: 0, end: 4, worker: 'w1', compute_ms: 12 });
  const run = { run: 1, code: 'compute_failed', message: 'it threw', worker: 'w3', at: '2026-11-28T12:00:00.000Z' };
  const letter: DeadChunk = {
    ...{ v: 1, type: 'DeadChunk', job_id: jobId, tenant: 'local', kind: 'sum', begin: 8, end: 9, round: 0 },
    error: { code: 'compute_failed', message: 'it threw', retryable: false },
    runs: [run],
    died_at: '2026-11-28T12:00:01.000Z',
  };
  await world.outbox.publishAll([
    { subject: mailboxSubjects.result(jobId, result.lease), data: encode(result) },
    { subject: deadSubjects.chunk('local', jobId, 0, 8), data: encode(letter) },
  ]);
  await world.beat(aWorkerHeartbeat({ worker: 'w2', leases: [{ job_id: jobId, lease: '4-7-1', kind: 'sum' }] }));
  await eventually(async () => expect((await gateway.call('/v1/jobs')).status).toBe(200));
  await eventually(() => expect(gateway.app.get(WorkerRoster).live()).toHaveLength(1));
});
afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

const chunks = async (query = ''): Promise<object> => (await gateway.call(`/v1/jobs/${jobId}/chunks${query}`)).json as object;

test('chunks of a running job state who computed them, when and in which run', async () => {
  expect(await chunks()).toMatchObject({
    coarse: false,
    next_cursor: null,
    chunks: [
      { begin: 0, end: 4, state: 'done', run: 1, worker: 'w1', at: expect.stringMatching(/Z$/), compute_ms: 12 },
      { begin: 4, end: 7, state: 'leased', run: 2, worker: 'w2', at: null },
      { begin: 7, end: 8, state: 'leased', run: null, worker: null },
      { begin: 8, end: 9, state: 'dead', run: 1, worker: 'w3', error: 'it threw', runs: [{ run: 1, message: 'it threw' }] },
      { begin: 9, end: 12, state: 'waiting', run: null, worker: null },
    ],
  });
});

test('pages go on where the page before ended, and a state leaves out the others', async () => {
  expect(await chunks('?limit=2')).toMatchObject({ chunks: [{ begin: 0 }, { begin: 4 }], next_cursor: '7' });
  expect(await chunks('?limit=2&cursor=7')).toMatchObject({ chunks: [{ begin: 7 }, { begin: 8 }], next_cursor: '9' });
  expect(await chunks('?state=dead')).toMatchObject({ chunks: [{ begin: 8, state: 'dead' }], next_cursor: null });
});

test('of a job that is over the states are known, and the runs of dead chunks', async () => {
  await gateway.world.save({ ...view, status: 'failed' });
  expect(await chunks()).toMatchObject({
    chunks: [{ state: 'done', worker: null }, { state: 'leased' }, { state: 'dead', worker: 'w3' }, { state: 'waiting' }],
  });
});

test.each([
  ['?limit=0', 400],
  ['?limit=201', 400],
  ['?cursor=-1', 422],
  ['?state=lost', 422],
  ['?form=1', 422],
])('%s is %i', async (query, status) => {
  expect((await gateway.call(`/v1/jobs/${jobId}/chunks${query}`)).status).toBe(status);
});
