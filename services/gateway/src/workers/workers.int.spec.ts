import { afterAll, beforeAll, expect, test } from 'vitest';
import { coreSubjects, decode, DrainWorker, keys } from '@manyhands/proto';
import { createClient, type Client } from '@manyhands/sdk';
import { aWorkerHeartbeat, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { startFixture, type GatewayFixture } from '../gateway.fixture.ts';

let nats: NatsServer;
let gateway: GatewayFixture;
let client: Client;

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startFixture(nats.url);
  client = createClient({ baseUrl: gateway.origin });
  await eventually(async () => expect((await gateway.call('/v1/workers')).status).toBe(200));
});
afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

/** A worker that beats, and drains when it is ordered to. */
async function play(worker: string): Promise<DrainWorker[]> {
  const { world } = gateway;
  const orders: DrainWorker[] = [];
  world.broker.subscribe(coreSubjects.drainWorker(worker), (data) => {
    orders.push(decode(DrainWorker, data));
    void world.beat(aWorkerHeartbeat({ worker, draining: true }));
  });
  await world.broker.connection.flush();
  await world.beat(aWorkerHeartbeat({ worker }));
  return orders;
}

test('a worker is ordered to drain, and the answer comes once its heartbeat shows that it does', async () => {
  const orders = await play('tired');
  const others = await play('fresh');
  await client.drainWorker('tired');
  expect((await client.workers()).map(({ worker, draining }) => [worker, draining])).toEqual([
    ['fresh', false],
    ['tired', true],
  ]);
  await client.drainWorker('tired');
  expect(orders).toContainEqual({ v: 1, type: 'DrainWorker', worker: 'tired' });
  expect(others).toEqual([]);
});

test('a worker that is not there is not found, and one that does not listen is reported with what to do', async () => {
  await expect(client.drainWorker('nobody')).rejects.toMatchObject({
    status: 404,
    detail: expect.stringMatching(/^No live worker is called "nobody"/) as string,
  });
  await gateway.world.beat(aWorkerHeartbeat({ worker: 'deaf' }));
  await eventually(async () => expect((await client.workers()).map(({ worker }) => worker)).toContain('deaf'));
  await expect(client.drainWorker('deaf')).rejects.toMatchObject({
    status: 503,
    detail: expect.stringMatching(/ordered to stop/) as string,
  });
});

test('a worker that left is recorded as gone, with what it did, beside those that are there', async () => {
  const { world } = gateway;
  await world.beat(aWorkerHeartbeat({ worker: 'brief', busy_slots: 2, chunks_done: 7, memory_mb: 90 }));
  await eventually(async () => expect((await client.workers()).map(({ worker }) => worker)).toContain('brief'));
  await (await world.bucket('workers')).remove(keys.worker('brief'));
  await eventually(async () => {
    const { workers, join } = await client.workerRecord();
    const brief = workers.find(({ worker }) => worker.worker === 'brief');
    expect(brief).toMatchObject({ gone_at: expect.any(String) as string, samples: [[expect.any(Number), 2, 7, 90]] });
    expect(workers.find(({ worker }) => worker.worker === 'fresh')?.gone_at).toBeNull();
    expect(join).toEqual({ nats_url: nats.url, signs_in_by: 'nothing' });
  });
  expect((await client.workers()).map(({ worker }) => worker)).not.toContain('brief');
});
