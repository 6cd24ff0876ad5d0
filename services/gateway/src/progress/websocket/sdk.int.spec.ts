import { afterAll, beforeAll, expect, test } from 'vitest';
import { newJobId } from '@manyhands/proto';
import { createClient, type Client } from '@manyhands/sdk';
import { aJobView, aKindRegistration, aWorkerHeartbeat, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { openWorld, startGateway, type World } from '../../gateway.fixture.ts';

let nats: NatsServer;
let world: World;
let gateway: Awaited<ReturnType<typeof startGateway>>;
let client: Client;

beforeAll(async () => {
  nats = await startNatsServer();
  world = await openWorld(nats.url);
  await world.register(aKindRegistration());
  await world.beat(aWorkerHeartbeat());
  gateway = await startGateway(nats.url);
  client = createClient({ baseUrl: gateway.origin, retryMs: 20 });
  await eventually(async () => expect(await client.kinds()).toMatchObject([{ kind: 'sum', live_workers: 1 }]));
});

afterAll(async () => {
  await gateway?.app.close();
  await world?.broker.close();
  await nats?.stop();
});

test('every call of the client is understood by the gateway', async () => {
  const { job_id: jobId } = await client.submit({ n: 10, chunks: 2, priority: 'low' });
  expect(await client.get(jobId)).toMatchObject({ status: 'pending', total_chunks: 2, priority: 'low' });
  expect((await client.list({ kind: 'sum', limit: 1 })).jobs).toMatchObject([{ job_id: jobId }]);
  expect(await client.workers()).toMatchObject([{ worker: 'worker-1' }]);
  await expect(client.queues()).rejects.toMatchObject({ status: 503 });
  expect(await client.ready()).toMatchObject({ ready: false, checks: { nats: true, workers: 1 } });
  await client.pause(jobId);
  await client.resume(jobId);
  await client.cancel(jobId);
  await expect(client.requeue(jobId)).rejects.toMatchObject({ status: 409 });
  expect(await client.deadLetters({ job_id: jobId })).toEqual({ dead_letters: [], next_cursor: null });
  await expect(client.discardDeadLetter(`${jobId}-0-0`)).rejects.toMatchObject({ status: 404 });
  const again = { idempotencyKey: 'one' };
  expect((await client.submit({ n: 7 }, again)).job_id).toBe((await client.submit({ n: 7 }, again)).job_id);
  expect(await client.submitAndWait({ n: 8 }, 1)).toMatchObject({ status: 'pending' });
  const { schedule_id: scheduleId } = await client.schedule({ n: 9, cron: '@yearly', time_zone: 'Europe/Berlin' });
  expect((await client.schedules({ limit: 1 })).schedules).toEqual([await client.getSchedule(scheduleId)]);
  expect(await client.pauseSchedule(scheduleId)).toMatchObject({ status: 'paused', time_zone: 'Europe/Berlin' });
  expect(await client.resumeSchedule(scheduleId)).toMatchObject({ status: 'scheduled' });
  await client.deleteSchedule(scheduleId);
  await expect(client.getSchedule(scheduleId)).rejects.toMatchObject({ status: 404 });
  await expect(client.submit({ kind: 'nonsense' })).rejects.toMatchObject({
    status: 400,
    message: 'Unknown kind "nonsense"; known kinds: sum.',
  });
});

test('a watch goes on through a gateway that is ended and another that takes its place', async () => {
  const view = aJobView({ job_id: newJobId(), status: 'running' });
  await world.save(view);
  const seen: number[] = [];
  const watching = (async () => {
    for await (const state of client.watch(view.job_id)) seen.push(state.completed_chunks);
  })();
  await eventually(() => expect(seen).toEqual([0]));
  const port = Number(new URL(gateway.origin).port);
  await gateway.app.close();
  await world.save({ ...view, completed_chunks: 1 });
  await world.save({ ...view, completed_chunks: 2 });
  gateway = await startGateway(nats.url, {}, port);
  await eventually(() => expect(seen).toEqual([0, 2]));
  await world.save({ ...view, completed_chunks: 8, status: 'completed' });
  await watching;
  expect(seen).toEqual([0, 2, 8]);
  expect(await client.wait(view.job_id)).toMatchObject({ status: 'completed' });
});
