/** The gateway as its process starts it, with a port beside that of its clients. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import { start } from './start.ts';

const web = mkdtempSync(join(tmpdir(), 'manyhands-web-'));
afterAll(() => rmSync(web, { recursive: true, force: true }));

async function freePort(): Promise<string> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return String(port);
}

// Seen: where there are accounts, `/metrics` is for administrators, so that Prometheus was answered 401, and no alert about a gateway could ever fire.
it('Prometheus reads on HEALTH_PORT what a gateway with accounts measures of itself, and nothing else is there', async () => {
  const [port, healthPort, natsPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const service = await start(
    readConfig({
      AUTH: 'on',
      PORT: port,
      HEALTH_PORT: healthPort,
      NATS_URL: `nats://127.0.0.1:${natsPort}`,
      MANYHANDS_WEB: web,
      MANYHANDS_LOG_LEVEL: 'silent',
    }),
    () => undefined,
  );
  const ask = async (at: string, path: string, accept = '*/*') => {
    const answer = await fetch(`http://127.0.0.1:${at}${path}`, { headers: { accept } });
    return { status: answer.status, text: await answer.text() };
  };
  try {
    // Without NATS it knows no account, and so lets no one in.
    expect([401, 503]).toContain((await ask(port, '/metrics')).status);
    const { status, text } = await ask(healthPort, '/metrics');
    expect([status, text]).toEqual([200, expect.stringMatching(/^manyhands_storage_works\{service="gateway"\} 0$/m)]);
    expect((await ask(healthPort, '/metrics', 'application/openmetrics-text')).text).toMatch(/# EOF\n$/);
    expect(await ask(healthPort, '/healthz')).toEqual({ status: 200, text: 'alive\n' });
    expect(await ask(healthPort, '/readyz')).toEqual({ status: 503, text: 'NATS is not reachable.\n' });
    expect((await ask(healthPort, '/v1/jobs')).status).toBe(404);
  } finally {
    await service.close();
  }
  await expect(ask(healthPort, '/healthz')).rejects.toThrow();
});
