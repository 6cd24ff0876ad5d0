/** Three gateways behind nginx, as deploy/nginx has it for a host, with TLS: what clients notice when gateways end. Skipped by name where there is no nginx. */
import { spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { get as httpGet, type IncomingMessage, type RequestOptions } from 'node:http';
import { connect } from 'node:http2';
import { get as httpsGet } from 'node:https';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { reservedPort } from '@manyhands/testkit';
import type { JobView } from '@manyhands/proto';
import { createClient } from '@manyhands/sdk';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { repository, startSystem, type System } from '../fixture/system.ts';
import { certificate, hasIpv6, startProxy } from './proxy.ts';

const REQUESTS = 500;
const WATCHERS = 6;
/** Of what takes a moment, on a machine that has other work. */
const withinMs = 90_000;

const hasNginx = spawnSync('nginx', ['-v']).status === 0;

describe.skipIf(!hasNginx)('behind nginx', () => {
  let system: System;
  let gateways: { port: number; child: ChildProcess }[];
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  const ports = { plain: 0, tls: 0 };

  beforeAll(async () => {
    setDefaultCACertificates([...getCACertificates('default'), certificate]);
    Object.assign(ports, { plain: await reservedPort(), tls: await reservedPort() });
    const env = {
      MANYHANDS_ORIGINS: `https://localhost:${ports.tls}`,
      MANYHANDS_TRUSTED_PROXIES: '127.0.0.1',
      MANYHANDS_KIND_MODULES: `builtin,${join(repository, 'e2e/fixture/slow-kinds.ts')}`,
    };
    system = await startSystem({ env });
    gateways = await Promise.all(
      [1, 2].map(async () => {
        const port = await reservedPort();
        return { port, child: system.join('gateway', { ...env, PORT: String(port) }) };
      }),
    );
    for (const { port } of gateways)
      await vi.waitFor(async () => expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200), withinMs);
    proxy = await startProxy(ports, [Number(new URL(system.baseUrl).port), ...gateways.map(({ port }) => port)], (rules) =>
      // So that a test need not wait for what a client would.
      rules.replace('rate=100r/s', 'rate=5000r/s').replaceAll('fail_timeout=5s', 'fail_timeout=1s'),
    );
  });
  afterAll(async () => {
    await proxy?.stop();
    await system?.stop();
  });

  it('plain HTTP is sent on to TLS, which also takes HTTP/2', async () => {
    const plain = await fetch(`http://localhost:${ports.plain}/v1/jobs`, { method: 'POST', redirect: 'manual' });
    expect([plain.status, plain.headers.get('location')]).toEqual([308, 'https://localhost/v1/jobs']);
    const session = connect(proxy.origin);
    const [headers] = (await once(session.request({ ':path': '/v1/kinds' }), 'response')) as [Record<string, unknown>];
    session.close();
    expect([headers[':status'], headers['strict-transport-security']]).toEqual([200, 'max-age=31536000']);
  });

  // Seen: a host of which the name has an address of IPv6 was not reached there.
  it.skipIf(!hasIpv6)('IPv6 reaches both, too', async () => {
    const ask = async (get: typeof httpGet, port: number) => {
      const [answer] = (await once(
        get({
          host: '::1',
          port,
          path: '/v1/kinds',
          headers: { host: `localhost:${port}` },
          rejectUnauthorized: false,
        } as RequestOptions),
        'response',
      )) as [IncomingMessage];
      answer.resume();
      return answer.statusCode;
    };
    expect([await ask(httpGet, ports.plain), await ask(httpsGet as typeof httpGet, ports.tls)]).toEqual([308, 200]);
  });

  it('a page elsewhere opens no WebSocket, the dashboard does', async () => {
    const opened = async (origin: string) => {
      const socket = new WebSocket(`${proxy.origin.replace('http', 'ws')}/ws`, { origin });
      const how = await Promise.race([
        once(socket, 'open').then(() => 101),
        once(socket, 'unexpected-response').then(([, { statusCode }]) => statusCode as number),
      ]);
      socket.on('error', () => undefined).terminate();
      return how;
    };
    expect(await opened(proxy.origin)).toBe(101);
    expect(await opened('https://elsewhere.example')).toBe(403);
  });

  it(`none of ${REQUESTS} requests is lost when one gateway is killed and another stopped, and who watches goes on elsewhere`, async () => {
    let connections = 0;
    const client = createClient({
      baseUrl: proxy.origin,
      fetch: (...given) => {
        connections += 1;
        return fetch(...given);
      },
    });
    const { job_id: id } = await client.submit({ kind: 'slow', params: { ms: 100 }, chunks: 5_000 });
    connections = 0;
    const seen = Array.from({ length: WATCHERS }, (): JobView[] => []);
    const watched = seen.map(async (views) => {
      for await (const view of client.watch(id)) views.push(view);
    });
    const sockets = Array.from({ length: WATCHERS }, () => followJobs(proxy.origin, id));
    const all = [...seen, ...sockets.map(({ views }) => views)];
    const each = (has: (views: JobView[], index: number) => boolean) =>
      vi.waitFor(() => expect(all.map(has)).toEqual(all.map(() => true)), withinMs);
    await each(({ length }) => length > 0);

    const statuses: Record<string, number> = {};
    let next = 0;
    const exits = gateways.map(({ child }) => once(child, 'exit'));
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        while (next < REQUESTS) {
          if (next === 100) gateways[0]!.child.kill('SIGKILL');
          if (next === 250) gateways[1]!.child.kill('SIGTERM');
          next += 1;
          const answer = await fetch(`${proxy.origin}/v1/jobs/${id}`).catch((error: unknown) => ({ status: String(error) }));
          if (answer instanceof Response) await answer.arrayBuffer();
          statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
        }
      }),
    );
    expect(statuses).toEqual({ 200: REQUESTS });
    expect(await Promise.all(exits)).toEqual([
      [null, 'SIGKILL'],
      [0, null],
    ]);

    const before = all.map(({ length }) => length);
    await each(({ length }, index) => length > before[index]!);
    await client.cancel(id);
    await Promise.all([...watched, ...sockets.map(({ ended }) => ended)]);
    for (const views of all) {
      const progress = views.map((view) => view.progress);
      expect(progress).toEqual(progress.toSorted((a, b) => a - b));
      expect(views.at(-1)).toMatchObject({ status: 'cancelled', failed_chunks: 0 });
    }
    // Those that were on a gateway that ended connected again.
    expect(connections).toBeGreaterThan(WATCHERS);
    expect(sockets.reduce((sum, { opened }) => sum + opened(), 0)).toBeGreaterThan(WATCHERS);
  });

  // Seen: the proxy took two megabytes of it, and refused the rest with a page of HTML.
  it('the file of a batch goes up and comes down, however large the gateway takes it; another body that is too large is refused as our API refuses', async () => {
    const request = (id: number): string =>
      JSON.stringify({ custom_id: String(id), method: 'POST', url: '/v1/embeddings', body: { input: 'x'.repeat(100_000) } });
    const text = Array.from({ length: 30 }, (_, id) => `${request(id)}\n`).join('');
    const form = new FormData();
    form.append('purpose', 'batch');
    form.append('file', new Blob([text]), 'requests.jsonl');
    const stored = await fetch(`${proxy.origin}/v1/files`, { method: 'POST', body: form });
    const file = (await stored.json()) as { id: string };
    expect([stored.status, file]).toEqual([200, expect.objectContaining({ bytes: text.length })]);
    expect(await (await fetch(`${proxy.origin}/v1/files/${file.id}/content`)).text()).toBe(text);

    const refused = await fetch(`${proxy.origin}/v1/jobs`, { method: 'POST', body: text });
    expect([refused.status, refused.headers.get('content-type')]).toEqual([413, 'application/problem+json']);
    expect(await refused.json()).toMatchObject({ status: 413, detail: expect.stringContaining('POST /v1/inputs') as string });
  });

  it('too many submissions are refused as our API refuses, with the time to wait', async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, () =>
        fetch(`${proxy.origin}/v1/jobs`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ n: 10, chunks: 1 }),
        }),
      ),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 202).length + refused.length).toBe(60);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]!.headers.get('retry-after')).toBe('1');
    expect(refused[0]!.headers.get('content-type')).toBe('application/problem+json');
    expect(await refused[0]!.json()).toMatchObject({ status: 429, title: 'Too Many Requests' });
  });
});

it.skipIf(!hasNginx)('where no gateway is there, it is refused as our API refuses, with the time to wait', async () => {
  setDefaultCACertificates([...getCACertificates('default'), certificate]);
  const proxy = await startProxy({ plain: await reservedPort(), tls: await reservedPort() }, [await reservedPort()]);
  try {
    const answer = await fetch(`${proxy.origin}/v1/jobs`);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([502, '1']);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({
      status: 502,
      title: 'Bad Gateway',
      detail: expect.stringContaining('send it again'),
    });
  } finally {
    await proxy.stop();
  }
});

/** As the dashboard does: connects again when it is cut off, and is then given the job as it is. */
function followJobs(origin: string, id: string): { views: JobView[]; ended: Promise<void>; opened: () => number } {
  const views: JobView[] = [];
  let opened = 0;
  const connection = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = new WebSocket(`${origin.replace('http', 'ws')}/ws`, { origin });
      socket.on('open', () => {
        opened += 1;
        socket.send(JSON.stringify({ do: 'subscribe', topic: 'jobs' }));
      });
      socket.on('message', (data: Buffer) => {
        const [head, value] = data.toString().split(/\n([^]*)/);
        if (!head!.startsWith('{"topic":"jobs"') || !value) return;
        const view = JSON.parse(value) as JobView;
        if (view.job_id !== id) return;
        views.push(view);
        if (view.finished_at === null) return;
        resolve(true);
        socket.close();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(false));
    });
  const follow = async (): Promise<void> => {
    while (!(await connection()));
  };
  return { views, ended: follow(), opened: () => opened };
}
