/** What is promised of answers, over every route there is, while NATS is gone and while it hangs. */
import { afterEach, expect, test } from 'vitest';
import { newJobId } from '@manyhands/proto';
import { aKindRegistration, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { startFixture, type GatewayFixture } from '../gateway.fixture.ts';
import type { EdgeAdapter } from './edge-adapter.ts';
import { exchange, request } from './raw-client.fixture.ts';

const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function start(): Promise<{ nats: NatsServer; gateway: GatewayFixture }> {
  const nats = await startNatsServer();
  stops.push(() => nats.stop());
  const gateway = await startFixture(nats.url);
  stops.push(() => gateway.stop());
  await gateway.world.register(aKindRegistration());
  await eventually(async () => expect((await gateway.post({ n: 10 })).status).toBe(202));
  return { nats, gateway };
}

const withinMs = 2_000;

async function askEveryRoute({ app, origin }: GatewayFixture): Promise<void> {
  const { routes } = (app.getHttpAdapter() as unknown as EdgeAdapter).door.routes;
  const body = '{"kind":"sum","params":{"n":10}}';
  const ask = async ([method, url]: readonly [method: string, url: string]): Promise<void> => {
    const what = `${method} ${url}`;
    const bytes = request(
      origin,
      method,
      url.replace('*', 'jobs').replaceAll(/:\w+/g, newJobId()),
      method === 'POST' ? { 'Content-Type': 'application/json' } : {},
      method === 'POST' ? body : '',
    );
    const beganMs = performance.now();
    const { answers } = await exchange(origin, bytes, [method]);
    const [answer] = answers;
    expect(performance.now() - beganMs, what).toBeLessThan(withinMs);
    expect(answer, what).toBeDefined();
    // Routes that want another body say so.
    expect([200, 308, 400, 404, 405, 415, 422, 503], `${what}: ${answer!.status} ${answer!.body}`).toContain(answer!.status);
    if (answer!.status >= 400) expect(answer!.headers['cache-control'], what).toBe('no-store');
    if (answer!.status !== 503) return;
    expect(answer!.headers['retry-after'], what).toMatch(/^[1-9]/);
    if (method === 'HEAD') return;
    // Files and batches are refused as OpenAI does it.
    const { error, detail = error?.message } = JSON.parse(answer!.body) as { error?: { message: string }; detail?: string };
    expect(detail, what).toMatch(/\w.*\.$/);
  };
  // A few at a time: this process is the gateway and its clients.
  for (let at = 0; at < routes.length; at += 6) await Promise.all(routes.slice(at, at + 6).map(ask));
}

test('while NATS is gone every route answers within two seconds; what needs NATS is 503 with what is wrong and when to come back', async () => {
  const { nats, gateway } = await start();
  await nats.kill();
  await askEveryRoute(gateway);
}, 60_000);

test('while NATS hangs, too', async () => {
  const { nats, gateway } = await start();
  const { pid } = nats;
  process.kill(pid!, 'SIGSTOP');
  stops.push(async () => process.kill(pid!, 'SIGCONT'));
  await askEveryRoute(gateway);
}, 60_000);
