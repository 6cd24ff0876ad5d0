import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { startObserved } from './observed-service.ts';

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

it('is ready between its start and its drain, while nothing keeps it from its work', async () => {
  const at = { host: '127.0.0.1', port: await freePort() };
  const ready = async (): Promise<string> => (await fetch(`http://127.0.0.1:${at.port}/readyz`)).text();
  const said: { problem?: string } = {};
  const [starting, draining] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const started = startObserved('test', at, async () => {
    await starting.promise;
    return { problem: () => said.problem, close: () => draining.promise };
  });
  await expect.poll(() => ready().catch(String)).toBe('It is starting.\n');
  starting.resolve();
  const service = await started;
  expect(await ready()).toBe('ready\n');
  said.problem = 'NATS is not reachable.';
  expect(await ready()).toBe('NATS is not reachable.\n');
  const closed = service.close();
  expect(await ready()).toBe('It is draining.\n');
  draining.resolve();
  await closed;
  await expect(ready()).rejects.toThrow();
});

it('a start that fails leaves no port behind', async () => {
  const at = { host: '127.0.0.1', port: await freePort() };
  const failing = startObserved('test', at, () => Promise.reject(new Error('no file')));
  await expect(failing).rejects.toThrow('no file');
  await expect(fetch(`http://127.0.0.1:${at.port}/healthz`)).rejects.toThrow();
});
