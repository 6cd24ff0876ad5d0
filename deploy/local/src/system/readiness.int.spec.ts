import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { askReadiness, waitUntilReady } from './readiness.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function answering(body: string): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end(body);
  });
  servers.push(server);
  server.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`);
    socket.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

test('the gateway is asked itself, whatever proxy the environment names', async () => {
  const gateway = await answering('{"ready":true}');
  const proxy = await answering('I am a proxy');
  const script = `import { askReadiness } from ${JSON.stringify(new URL('./readiness.ts', import.meta.url).href)}; console.log((await askReadiness(${JSON.stringify(gateway.url)})).state);`;
  const env = {
    ...process.env,
    NODE_USE_ENV_PROXY: '1',
    HTTP_PROXY: proxy.url,
    http_proxy: proxy.url,
    HTTPS_PROXY: proxy.url,
    NO_PROXY: '',
    no_proxy: '',
  };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=source', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script],
    { env },
  );
  expect(stdout.trim()).toBe('ready');
  expect(gateway.asked).toEqual(['/readyz']);
  expect(proxy.asked).toEqual([]);
});

test('another program at our address is said to be one', async () => {
  const { url } = await answering('<html>ready</html>');
  expect(await askReadiness(url)).toEqual({ state: 'stranger' });
  const heard: string[] = [];
  const over = new AbortController();
  await expect(
    waitUntilReady({ url, reportMs: 0, signal: over.signal, waiting: (missing) => (heard.push(missing), over.abort()) }),
  ).rejects.toThrow();
  expect(heard[0]).toBe(`another program answers at ${url}`);
});
