import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { answeredSubjects, encode, LOCAL_TENANT, newJobId, type AnsweredLeases, type BridgeHead } from '@manyhands/proto';
import { packedLeases, unpackedLeases, type AnsweredLease } from '@manyhands/proto/answered-leases';
import { createClient, type Client } from '@manyhands/sdk';
import { aJobView, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { startFixture, type GatewayFixture } from '../gateway.fixture.ts';
import { ClusterLeases } from './cluster-leases.ts';
import { LeaseTails } from './lease-tails.ts';

let nats: NatsServer;
let gateway: GatewayFixture;
let client: Client;

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startFixture(nats.url);
  client = createClient({ baseUrl: gateway.origin });
  await eventually(async () => expect((await gateway.call('/v1/jobs')).status).toBe(200));
});
afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

const lease = (begin: number): AnsweredLease => ({
  op: 'compute',
  begin,
  end: begin + 1,
  attempt: 1,
  worker: 'w-1',
  slot: begin % 2,
  from_ms: begin * 10,
  took_ms: 10,
  outcome: 'computed',
  failed_chunks: 0,
});

async function store(
  jobId: string,
  page: number,
  first: number,
  count: number,
  { tenant = LOCAL_TENANT, submitted_at = new Date().toISOString() } = {},
): Promise<void> {
  const leases = packedLeases(Array.from({ length: count }, (_, at) => lease(first + at)));
  const head = { v: 1, type: 'AnsweredLeases', job_id: jobId, kind: 'sum', submitted_at } as const;
  const data: AnsweredLeases = { ...head, first, through: first + count, ...leases };
  await gateway.world.outbox.publishAll([{ subject: answeredSubjects.page(tenant, jobId, page), data: encode(data) }]);
}

async function aJob(): Promise<string> {
  const view = aJobView({ job_id: newJobId(), status: 'running' });
  await gateway.world.save(view);
  return view.job_id;
}

test('the leases of a job are listed in order, though its pages are a ring', async () => {
  const jobId = await aJob();
  await store(jobId, 1, 100, 100);
  await store(jobId, 0, 200, 3);
  await store(jobId, 0, 0, 9, { tenant: 'another' });
  const { answered, leases } = await client.leases(jobId);
  expect(answered).toBe(203);
  expect(leases.map(({ begin }) => begin)).toEqual(Array.from({ length: 103 }, (_, at) => 100 + at));
});

test('a job whose leases have no answer yet has none, and a job that is not there is not found', async () => {
  expect(await client.leases(await aJob())).toMatchObject({ answered: 0, leases: [] });
  expect((await gateway.call(`/v1/jobs/${newJobId()}/leases`)).status).toBe(404);
});

test('a page that changes is sent while a client watches, and nothing is followed once it has left', async () => {
  const jobId = await aJob();
  await store(jobId, 0, 0, 2);
  const socket = new WebSocket(`${gateway.origin.replace('http', 'ws')}/ws`);
  const frames: { head: BridgeHead; value: string }[] = [];
  socket.on('message', (data) => {
    const [head, value] = String(data).split('\n', 2);
    frames.push({ head: JSON.parse(head!) as BridgeHead, value: value! });
  });
  await new Promise((resolve) => socket.on('open', resolve));
  socket.send(JSON.stringify({ do: 'subscribe', topic: 'leases', id: jobId }));
  const key = `answered.${LOCAL_TENANT}.${jobId}`;
  await eventually(() => expect(frames.map(({ head }) => head.topic)).toEqual(['leases', 'ready']));
  expect(frames.map(({ head }) => head.key)).toEqual([key, key]);
  await store(jobId, 0, 0, 3);
  await eventually(() => expect(frames).toHaveLength(3));
  expect(unpackedLeases(JSON.parse(frames[2]!.value) as AnsweredLeases)).toHaveLength(3);
  expect(gateway.app.get(LeaseTails).count).toBe(1);
  socket.close();
  await eventually(() => expect(gateway.app.get(LeaseTails).count).toBe(0));
});

test('the leases of all jobs of the last minutes are listed by slot, and who asks again gets what is new', async () => {
  const [one, other, old] = [newJobId(), newJobId(), newJobId()];
  await store(old, 0, 0, 1, { submitted_at: new Date(Date.now() - 3_600_000).toISOString() });
  await store(one, 0, 0, 3);
  await store(other, 0, 0, 1, { tenant: 'another' });
  const begun = await client.clusterLeases();
  const of = (jobs: typeof begun.jobs, jobId: string) => {
    const job = jobs.find(({ job_id }) => job_id === jobId);
    return (
      job &&
      unpackedLeases(job)
        .map(({ begin }) => begin)
        .sort()
    );
  };
  expect([of(begun.jobs, one), of(begun.jobs, other), of(begun.jobs, old)]).toEqual([[0, 1, 2], [0], undefined]);
  expect(begun.jobs.find(({ job_id }) => job_id === one)).toMatchObject({ kind: 'sum', workers: ['w-1'] });
  await store(one, 0, 0, 5);
  await eventually(async () => {
    const { jobs } = await client.clusterLeases({ after: begun.next_after });
    expect([of(jobs, one), of(jobs, other)]).toEqual([[3, 4], undefined]);
  });
  // Of a stream that was created again: from its beginning.
  expect(of((await client.clusterLeases({ after: '999999999' })).jobs, one)).toEqual([0, 1, 2, 3, 4]);
  await expect(client.clusterLeases({ after: '-1' })).rejects.toMatchObject({ status: 422 });
  expect(gateway.app.get(ClusterLeases).isFollowing).toBe(true);
});
