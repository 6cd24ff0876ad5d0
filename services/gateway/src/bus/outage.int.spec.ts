import { afterEach, describe, expect, test } from 'vitest';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import WebSocket from 'ws';
import { newJobId } from '@manyhands/proto';
import { aJobView, aKindRegistration, aWorkerHeartbeat, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { provision } from '@manyhands/broker';
import { createClient, type ApiProblem } from '@manyhands/sdk';
import { openWorld, startFixture, startGateway, type GatewayFixture } from '../gateway.fixture.ts';
import { BrokerLink } from './broker-link.ts';

const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function start(extraConfig = ''): Promise<{ nats: NatsServer; gateway: GatewayFixture }> {
  const nats = await startNatsServer({ extraConfig });
  stops.push(() => nats.stop());
  const gateway = await startFixture(nats.url);
  stops.push(() => gateway.stop());
  await gateway.world.register(aKindRegistration());
  await eventually(async () => expect((await gateway.post({ n: 10 })).status).toBe(202));
  return { nats, gateway };
}

describe('while NATS is away', () => {
  test('submits are refused within two seconds, the gateway lives, and everything heals by itself when the server is back', async () => {
    const { nats, gateway } = await start();
    const view = aJobView({ job_id: newJobId(), status: 'running' });
    await gateway.world.save(view);
    const socket = new WebSocket(`${gateway.origin.replace('http', 'ws')}/ws`);
    const frames: string[] = [];
    socket.on('message', (data) => frames.push(String(data)));
    socket.on('open', () => socket.send(JSON.stringify({ do: 'subscribe', topic: 'job', id: view.job_id })));
    await eventually(() => expect(frames).toHaveLength(2));
    const events = await fetch(`${gateway.origin}/v1/jobs/${view.job_id}/events`);

    await nats.kill();
    const beganMs = performance.now();
    const refused = await gateway.post({ n: 10 });
    expect(performance.now() - beganMs).toBeLessThan(2_000);
    expect(refused).toMatchObject({ status: 503, json: { detail: expect.stringMatching(/NATS/) } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    for (const path of [`/v1/jobs/${view.job_id}`, `/v1/jobs/${newJobId()}/events`, '/readyz'])
      expect((await gateway.call(path)).status, path).toBe(503);
    expect((await gateway.call(`/v1/jobs/${view.job_id}`, { method: 'DELETE' })).status).toBe(503);
    expect((await gateway.call('/healthz')).status).toBe(200);
    expect((await gateway.call('/metrics')).status).toBe(200);

    await nats.restart();
    await eventually(async () => expect((await gateway.post({ n: 10 })).status).toBe(202));
    await eventually(() => gateway.world.save({ ...view, status: 'completed' }));
    expect((await gateway.call(`/v1/jobs/${view.job_id}`)).text).toContain('"status":"completed"');
    await eventually(() => expect(frames.at(-1)).toContain('"status":"completed"'));
    expect(await events.text()).toMatch(/"status":"completed"[\s\S]*event: done/);
    socket.terminate();
  }, 60_000);

  test('a server that hangs gets a submit refused within two seconds, and the refusal names the job because it may be stored', async () => {
    const nats = await startNatsServer();
    stops.push(() => nats.stop());
    const line = await stallingLine(nats.port);
    stops.push(line.stop);
    const { app, origin } = await startGateway(line.url);
    stops.push(() => app.close());
    const world = await openWorld(nats.url);
    stops.push(() => world.broker.close());
    await world.register(aKindRegistration());
    const client = createClient({ baseUrl: origin });
    await eventually(() => client.submit({ n: 1 }));
    line.stall();
    const beganMs = performance.now();
    const refusal = await client.submit({ n: 1 }).catch((error: ApiProblem) => error);
    expect(performance.now() - beganMs).toBeLessThan(2_000);
    expect(refusal).toMatchObject({
      status: 503,
      retryAfterSec: 3,
      message: expect.stringMatching(/may or may not be stored: read GET/),
    });
    expect((await client.ready()).checks!.nats).toBe(false);
    line.flow();
    const [jobId] = /[0-9a-f-]{36}/.exec((refusal as ApiProblem).message)!;
    await eventually(async () => expect(await client.get(jobId)).toMatchObject({ status: 'pending' }));
  }, 60_000);

  test('a gateway that starts first answers, and takes jobs once the server is there', async () => {
    const nats = await startNatsServer();
    stops.push(() => nats.stop());
    await nats.kill();
    const { app, origin } = await startGateway(nats.url);
    stops.push(() => app.close());
    expect((await fetch(`${origin}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${origin}/readyz`)).json()).toEqual({
      ready: false,
      detail: 'NATS is not reachable.',
      checks: { nats: false, storage: false, coordinators: 0, workers: 0 },
      kept_hours: 24,
    });
    const refused = await fetch(`${origin}/v1/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"n":1}',
    });
    expect(refused.status).toBe(503);
    expect((await fetch(`${origin}/v1/jobs`)).status).toBe(503);
    await nats.restart();
    await eventually(async () => expect((await fetch(`${origin}/v1/jobs`)).status).toBe(200));
  }, 60_000);

  test('a server whose streams are not ours is refused with a sentence that names the difference', async () => {
    const { nats, gateway } = await start();
    const { manager } = gateway.world.broker;
    const info = await manager.streams.info('MAILBOX');
    await manager.streams.update('MAILBOX', { ...info.config, max_msgs: 7, duplicate_window: 1_000_000_000 });
    const { app } = await startGateway(nats.url);
    stops.push(() => app.close());
    expect((await app.get(BrokerLink).failed).message).toMatch(/MAILBOX[\s\S]*duplicate_window/);
  });

  test('a full stream is 503 with Retry-After, and says that the job was not stored', async () => {
    const { gateway } = await start();
    const { manager } = gateway.world.broker;
    const info = await manager.streams.info('MAILBOX');
    await manager.streams.update('MAILBOX', { ...info.config, max_bytes: 1 });
    const refused = await gateway.post({ n: 10 });
    expect(refused).toMatchObject({
      status: 503,
      json: { detail: expect.stringMatching(/was not stored because the system is full/) },
    });
    expect(refused.headers.get('retry-after')).toBe('10');
    // Seen: ready, while nothing could be stored.
    await eventually(async () => {
      const unready = await gateway.call('/readyz');
      expect(unready).toMatchObject({
        status: 503,
        json: {
          ready: false,
          checks: { nats: true, storage: false },
          detail: expect.stringMatching(/No job is stored right now: stream MAILBOX holds/),
        },
      });
      expect(Number(unready.headers.get('retry-after'))).toBeGreaterThan(0);
    });
    const running = aJobView({ job_id: newJobId(), status: 'running' });
    await gateway.world.save(running);
    expect((await gateway.call(`/v1/jobs/${running.job_id}`, { method: 'DELETE' })).status).toBe(503);
    expect((await gateway.post({ n: 10, cron: '@daily' })).status).toBe(202);
  });
});

describe('/readyz', () => {
  test('says in words that nothing is stored while the stream of submissions does not answer', async () => {
    const { gateway } = await start();
    await gateway.world.coordinate('coordinator-1');
    await gateway.world.beat(aWorkerHeartbeat());
    await eventually(async () => expect((await gateway.call('/readyz')).status).toBe(200));
    await gateway.world.broker.manager.streams.delete('MAILBOX');
    await eventually(async () =>
      expect(await gateway.call('/readyz')).toMatchObject({
        status: 503,
        json: {
          checks: { storage: false },
          detail: expect.stringMatching(
            /No job is stored right now: NATS does not report how full its streams are \(stream not found\)/,
          ),
        },
      }),
    );
    await provision(gateway.world.broker);
    await eventually(async () => expect((await gateway.call('/readyz')).status).toBe(200));
  });

  test('says what is missing of coordinators and workers', async () => {
    const { gateway } = await start();
    await eventually(async () =>
      expect((await gateway.call('/readyz')).json).toMatchObject({
        ready: false,
        detail: 'No coordinator is running; start one. No worker is running; start one.',
      }),
    );
  });
});

/** A line to a server that can be made to pass nothing on while it stays open. */
async function stallingLine(port: number): Promise<{ url: string; stall(): void; flow(): void; stop(): Promise<void> }> {
  const ends = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const end of [near, far]) {
      ends.add(end);
      end.on('error', () => end.destroy());
      end.on('close', () => ends.delete(end));
    }
    near.pipe(far);
    far.pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stall() {
      for (const end of ends) end.pause();
    },
    flow() {
      for (const end of ends) end.resume();
    },
    async stop() {
      for (const end of ends) end.destroy();
      server.close();
    },
  };
}
