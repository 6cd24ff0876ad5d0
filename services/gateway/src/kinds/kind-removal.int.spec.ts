import { keys } from '@manyhands/proto';
import { aJobView, aKindRegistration, aWorkerHeartbeat, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFixture, type GatewayFixture } from '../gateway.fixture.ts';

let nats: NatsServer;
let gateway: GatewayFixture;

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startFixture(nats.url);
});
afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

const remove = (kind: string) => gateway.call(`/v1/kinds/${kind}`, { method: 'DELETE' });
const refused = (status: number, detail: RegExp) => ({ status, json: { detail: expect.stringMatching(detail) as string } });

test('a kind is removed once no live worker computes it and none of its jobs is unfinished', async () => {
  const { world } = gateway;
  await eventually(async () => expect((await gateway.call('/v1/kinds')).status).toBe(200));
  await world.register(aKindRegistration({ kind: 'stale-v2', version: 2 }));
  await world.register(aKindRegistration({ kind: 'other' }));
  await world.beat(aWorkerHeartbeat({ worker: 'last-one', kinds: ['stale-v2'] }));
  expect(await remove('stale-v2')).toMatchObject(
    refused(409, /^Live workers that compute stale-v2: 1, for example last-one\. Stop them first/),
  );
  await (await world.bucket('workers')).remove(keys.worker('last-one'));
  const job = aJobView({ kind: 'stale-v2', status: 'pending' });
  await world.save(job);
  await eventually(async () =>
    expect(await remove('stale-v2')).toMatchObject(refused(409, /^Jobs of stale-v2 that have not ended: 1\. Cancel them/)),
  );
  await world.save({ ...job, status: 'cancelled' });
  await eventually(async () => expect((await remove('stale-v2')).status).toBe(204));
  expect((await gateway.call('/v1/kinds')).json).toMatchObject({ kinds: [{ kind: 'other' }] });
  expect(await remove('stale-v2')).toMatchObject(refused(404, /^No kind "stale-v2" is registered/));
});
