import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { coreSubjects, decode, encode, limits, newJobId, QueryHistory } from '@manyhands/proto';
import { createClient } from '@manyhands/sdk';
import {
  aJobFinished,
  aKindRegistration,
  aWorkerHeartbeat,
  eventually,
  startNatsServer,
  type NatsServer,
} from '@manyhands/testkit';
import { startFixture, type GatewayFixture } from '../gateway.fixture.ts';

let nats: NatsServer;
let gateway: GatewayFixture;
let asked: QueryHistory[];
/** What history has. */
let past: { n: number; sec: number; busyMs?: number }[];

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startFixture(nats.url);
  await gateway.world.register(aKindRegistration());
  await gateway.world.beat(aWorkerHeartbeat({ kinds: ['sum'], slots: 4 }));
  await gateway.world.beat(aWorkerHeartbeat({ worker: 'worker-2', kinds: ['other'], slots: 8 }));
  const { connection } = gateway.world.broker;
  connection.subscribe(coreSubjects.queryHistory, {
    callback(_error, message) {
      asked.push(decode(QueryHistory, message.data));
      const jobs = past.map(
        ({ n, sec }) => aJobFinished({ job_id: newJobId(), params: { n }, duration_sec: sec, total_chunks: 64 }).job,
      );
      const busy = past.flatMap(({ busyMs }, at) =>
        busyMs === undefined ? [] : [{ job_id: jobs[at]!.job_id, busy_ms: busyMs, slots: 2 }],
      );
      message.respond(encode({ v: 1, type: 'HistoryPage', jobs, busy, next_cursor: null }));
    },
  });
  await connection.flush();
  await eventually(async () =>
    expect((await gateway.call('/v1/kinds')).json).toMatchObject({ kinds: [{ kind: 'sum', live_workers: 1 }] }),
  );
});
beforeEach(() => {
  asked = [];
  past = [];
});
afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

const client = () => createClient({ baseUrl: gateway.origin });

test('is made of completed jobs of the caller, for the slots that compute the kind now', async () => {
  past = [
    { n: 1_000, sec: 4, busyMs: 8_000 },
    { n: 1_000, sec: 4, busyMs: 8_000 },
  ];
  expect(await client().estimate('sum', { params: { n: 1_000 }, chunks: 64 })).toEqual({
    ...{ jobs: 2, slots: 4, sec: 2, least_sec: 2, most_sec: 2, work_sec: 8 },
  });
  expect(asked).toEqual([
    { v: 1, type: 'QueryHistory', tenant: 'local', kind: 'sum', status: 'completed', busy: true, limit: 100 },
  ]);
});

test('without a job like it states that there is none', async () => {
  expect(await client().estimate('sum')).toMatchObject({ jobs: 0, slots: 4, sec: null });
});

test.each([
  ['params=nonsense', 422, /the JSON of an object, like/],
  ['params=[1]', 422, /the JSON of an object/],
  [`params=${'1'.repeat(limits.estimateParamsCharsMax + 1)}`, 422, /at most 2000 characters/],
  ['chunks=0', 400, /chunks must be between 1 and 1000000/],
  ['chunks=1000001', 400, /chunks must be between/],
  ['chunks=many', 422, /whole number/],
  ['n=5', 422, /unknown parameter/],
])('?%s is refused, and history is not asked', async (query, status, words) => {
  const answer = await gateway.call(`/v1/kinds/sum/estimate?${query}`);
  expect([answer.status, answer.text]).toEqual([status, expect.stringMatching(words)]);
  expect(asked).toEqual([]);
});

test('of a kind that is not there is 404', async () => {
  await expect(client().estimate('none')).rejects.toMatchObject({ status: 404, detail: expect.stringContaining('"none"') });
});
