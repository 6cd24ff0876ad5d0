/** Every method on every route there is, with a request behind it on the same connection. */
import { METHODS } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newJobId } from '@manyhands/proto';
import { aJobView, aKindRegistration, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { startFixture, type GatewayFixture } from '../gateway.fixture.ts';
import type { EdgeAdapter } from './edge-adapter.ts';
import { exchange, request, type Exchange, type RawAnswer } from './raw-client.fixture.ts';

let nats: NatsServer;
let gateway: GatewayFixture;
const job = newJobId();
const gone = newJobId();

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startFixture(nats.url);
  await gateway.world.register(aKindRegistration());
  await gateway.world.save(aJobView({ job_id: job, status: 'completed', finished_at: new Date().toISOString() }));
  await eventually(async () => expect((await gateway.call(`/v1/jobs/${job}`)).status).toBe(200));
});

afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

const routes = (): readonly (readonly [method: string, url: string])[] =>
  (gateway.app.getHttpAdapter() as unknown as EdgeAdapter).door.routes.routes;
const urls = (): string[] => [...new Set(routes().map(([, url]) => url.replace('*', 'no-such-file.js')))];

/** What must hold of every answer, whatever it is an answer to. */
function check(answer: RawAnswer, what: string): void {
  expect(answer.status, `${what}: ${answer.body}`).not.toBe(500);
  if (answer.status !== 200 && answer.status !== 304) expect(answer.headers['cache-control'], what).toBe('no-store');
  if (answer.status >= 400) expect(answer.headers['content-type'], what).toMatch(/^application\/json|^text\/plain/);
  if (answer.status >= 400 && answer.body !== '' && answer.headers['content-type']!.startsWith('application/json')) {
    // Files and batches are refused as OpenAI does it.
    const { error, detail = error?.message } = JSON.parse(answer.body) as { error?: { message: string }; detail?: unknown };
    for (const sentence of Array.isArray(detail) ? detail.map(({ msg }: { msg: string }) => msg) : [detail])
      expect(sentence, what).toMatch(/\w/);
  }
  if (answer.status === 503) expect(answer.headers['retry-after'], what).toMatch(/^[1-9]/);
  if (answer.status === 405) expect(answer.headers['allow'], what).toMatch(/^[A-Z]+(, [A-Z]+)*$/);
}

/** The answer in front, once it is sure that the one behind it came in step. */
async function inFrontOf(method: string, target: string, headers: Record<string, string> = {}, body = ''): Promise<RawAnswer> {
  const what = `${method} ${target} ${JSON.stringify(headers)}`;
  const { answers, rest }: Exchange = await exchange(
    gateway.origin,
    request(gateway.origin, method, target, headers, body) + request(gateway.origin, 'GET', '/healthz'),
    [method, 'GET'],
  );
  const [first, second] = answers;
  expect(first, what).toBeDefined();
  check(first!, what);
  if (second === undefined) expect(first!.headers['connection'], `${what}: ${JSON.stringify(first)}`).toBe('close');
  else expect([second.status, second.body], what).toEqual([200, '{"status":"ok"}']);
  // Of what is no HTTP it cannot be told whether it asked for a body.
  if (!/not HTTP/.test(rest)) expect(rest, what).toBe('');
  return first!;
}

describe('every method on every route', () => {
  test('the table of routes is that of Fastify', () => {
    expect(routes()).toContainEqual(['POST', '/v1/jobs']);
    expect(routes()).toContainEqual(['HEAD', '/v1/jobs/:id/events']);
    expect(urls().length).toBeGreaterThan(20);
  });

  test.each([
    ['nothing', '', {}],
    ['JSON', '{}', { 'Content-Type': 'application/json' }],
  ])(
    'with %s as its body: answered in step, 405 with Allow where it does not go',
    async (_, body, headers) => {
      const known = new Map<string, Set<string>>();
      for (const [method, url] of routes()) known.set(url, (known.get(url) ?? new Set()).add(method));
      for (const url of known.keys()) {
        for (const method of METHODS.filter((name) => name !== 'CONNECT')) {
          const target = url
            .replace('*', 'no-such-file.js')
            .replaceAll(/:\w+/g, method === 'GET' || method === 'HEAD' ? job : gone);
          const answer = await inFrontOf(method, target, headers, body);
          if (method === 'OPTIONS')
            expect([answer.status, answer.headers['allow']], `${method} ${url}`).toEqual([
              204,
              expect.stringContaining('OPTIONS'),
            ]);
          else if (!known.get(url)!.has(method))
            expect([answer.status, answer.headers['allow']], `${method} ${url}`).toEqual([
              405,
              [...known.get(url)!, 'OPTIONS'].join(', '),
            ]);
          else expect(answer.status, `${method} ${url}`).not.toBe(405);
        }
      }
    },
    120_000,
  );

  test('HEAD is answered as GET is, without its body', async () => {
    for (const url of urls().filter((url) => !url.startsWith('/metrics'))) {
      const target = url.replaceAll(/:\w+/g, job);
      if (!routes().some(([method, known]) => method === 'GET' && known.replace('*', 'no-such-file.js') === url)) continue;
      const [head, get] = [await inFrontOf('HEAD', target), await inFrontOf('GET', target)];
      expect([head.status, head.headers['content-type']], url).toEqual([get.status, get.headers['content-type']]);
      if (head.status === 200 && head.headers['content-length'] !== undefined && get.headers['content-length'] !== undefined)
        expect(head.headers['content-length'], url).toBe(get.headers['content-length']);
    }
  });
});

test('another wish than WebSocket is passed over, on every route, and served', async () => {
  for (const upgrade of ['h2c', 'TLS/1.0', 'foo, bar', 'WebSocket2']) {
    for (const [method, url] of routes().filter(([method]) => method === 'GET' || method === 'POST')) {
      const target = url.replace('*', 'no-such-file.js').replaceAll(/:\w+/g, method === 'GET' ? job : gone);
      const plain = await inFrontOf(method, target, { 'Content-Type': 'application/json' }, '{}');
      const wished = await inFrontOf(
        method,
        target,
        {
          'Content-Type': 'application/json',
          Connection: 'Upgrade, HTTP2-Settings',
          Upgrade: upgrade,
          'HTTP2-Settings': 'AAMAAABkAAQAAP__',
        },
        '{}',
      );
      expect([wished.status, wished.headers['content-type']], `${method} ${url} ${upgrade}`).toEqual([
        plain.status,
        plain.headers['content-type'],
      ]);
    }
  }
}, 120_000);

describe('whatever the address is, it is no 500', () => {
  const long = (length: number): string => 'a'.repeat(length);
  const wild = [
    '/',
    '//',
    '///',
    '/.',
    '/..',
    '/../..',
    '/%',
    '/%0',
    '/%00',
    '/%zz',
    '/%ff',
    '/%C3',
    '/%E0%A4%A',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/..%2f..%2fetc%2fpasswd',
    '/%5c..%5c',
    '/a%00.js',
    '/a%0d%0ab.js',
    '/a\u00e9.js',
    '/\u00ff\u00fe',
    '/\u00ff.js',
    '/?',
    '/?%',
    '/?a=%',
    '/?%00',
    '/#',
    '/#a',
    '/a#b?c',
    '/;a=b',
    '/v1',
    '/v1/',
    '/v1//',
    '/v1/jobs/',
    '/v1/jobs//',
    '/v1/jobs//events',
    '/v1/jobs/%2f',
    '/v1/jobs/%00',
    '/v1/jobs/*',
    '/v1/jobs/../workers',
    '/v1/jobs/a%2fb/events',
    '/v1%2fjobs',
    '/%76%31/jobs',
    '/V1/jobs',
    '/v1/jobs?limit=%',
    '/v1/jobs?limit[]=1',
    '/v1/jobs?limit=1&limit=2',
    '/v1/jobs?__proto__=1',
    '/v1/jobs?cursor=%00',
    '/v1/jobs/x?__proto__[a]=b',
    '/api',
    '/api/',
    '/docs',
    '/docs/',
    '/docs/..',
    '/docs/%00',
    '/docs/nope.js',
    '/reference',
    '/reference/',
    '/reference/nope.js',
    '/_app',
    '/_app/',
    '/_app/immutable/',
    '/_app/immutable/nope.js',
    '/ws',
    '/ws/',
    '/ws?x',
    '/healthz/',
    '/metrics/x',
    `/${long(254)}`,
    `/${long(300)}`,
    `/${long(300)}.js`,
    `/v1/jobs/${long(190)}`,
    `/v1/jobs/${long(201)}`,
    `/v1/jobs/${long(300)}`,
    `/${long(2_500)}`,
    `/${`${long(200)}/`.repeat(9)}x.js`,
    `/${`${long(200)}/`.repeat(40)}x.js`,
    `/${'%C3%A9'.repeat(200)}.js`,
    `/?${long(10_000)}`,
    `/v1/jobs?cursor=${long(10_000)}`,
    '*',
    'v1/jobs',
    'a',
    ':',
    '%',
    '@',
    'http:',
    'http:/',
    'http://',
    'http://%/',
    'http://[::1/',
    'ftp://127.0.0.1/',
    'javascript:alert(1)',
    'http://evil.example',
    'http://evil.example/v1/jobs',
    'http://user@evil.example/',
    'urn:uuid:1',
  ];

  test('nor does the next answer come out of step', async () => {
    for (const target of wild)
      for (const method of ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS', 'TRACE']) await inFrontOf(method, target);
  }, 120_000);

  test('written out whole it is served as its path is, when its host is ours', async () => {
    const { host } = new URL(gateway.origin);
    expect((await inFrontOf('GET', `http://${host}/v1/jobs/${job}`)).status).toBe(200);
    expect((await inFrontOf('GET', `HTTP://${host}?x=1`)).status).toBe((await inFrontOf('GET', '/')).status);
    expect((await inFrontOf('GET', 'http://evil.example/v1/jobs')).status).toBe(421);
    expect((await inFrontOf('OPTIONS', '*')).status).toBe(204);
  });

  test("no traversal leads out of the dashboard's folder", async () => {
    for (const target of [
      '/../../package.json',
      '/..%2f..%2fpackage.json',
      '/%2e%2e/%2e%2e/package.json',
      '/_app/../../../package.json',
      '/....//package.json',
      '/%5c..%5c..%5cpackage.json',
    ]) {
      const answer = await inFrontOf('GET', target);
      expect(answer.body, target).not.toContain('"workspaces"');
    }
  });
});

// Seen: Fastify's own answer to it came before those that were owed.
test('what is no HTTP is answered behind the answers owed before it', async () => {
  const { answers } = await exchange(gateway.origin, `${request(gateway.origin, 'GET', '/metrics')}garbage\r\n\r\n`, ['GET', '']);
  expect(answers.map(({ status }) => status)).toEqual([200, 400]);
  expect(answers[1]).toMatchObject({
    headers: { connection: 'close', 'cache-control': 'no-store' },
    body: expect.stringContaining('not HTTP/1.1'),
  });
});

describe('a body that is refused', () => {
  test('is read on for a while, so that its sender sees the answer and no broken pipe: on every route, told or chunked, kept or closed', async () => {
    const size = 10_000_000;
    const sender = (method: string, target: string, headers: Record<string, string>): Promise<Exchange> => {
      const chunked = headers['Transfer-Encoding'] !== undefined;
      const body = chunked ? `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n0\r\n\r\n` : 'x'.repeat(size);
      const head = request(gateway.origin, method, target, { ...headers, ...(!chunked && { 'Content-Length': String(size) }) });
      return exchange(gateway.origin, head + body, [method]);
    };
    for (const [method, target, status] of [
      ['POST', '/v1/jobs', 413],
      ['PUT', '/v1/jobs', 405],
      ['POST', '/v1/nope', 404],
      ['POST', `/v1/jobs/${gone}/pause`, 413],
      ['DELETE', `/v1/jobs/${gone}`, 413],
    ] as const) {
      for (const headers of [
        {},
        { Connection: 'close' },
        { 'Transfer-Encoding': 'chunked' },
        { 'Transfer-Encoding': 'chunked', Connection: 'close' },
      ] as Record<string, string>[]) {
        const { answers, wasReset } = await sender(method, target, { 'Content-Type': 'application/json', ...headers });
        const what = `${method} ${target} ${JSON.stringify(headers)}`;
        expect(answers[0]?.status, what).toBe(status);
        expect(wasReset, what).toBe(false);
      }
    }
    for (const [headers, status] of [
      [{ 'Content-Type': 'text/plain' }, 415],
      [{ Host: 'evil.example' }, 421],
      [{ Origin: 'https://evil.example' }, 403],
      [{ Expect: '100-continue', 'Content-Type': 'application/json' }, 413],
      [{ Expect: '200-maybe' }, 417],
    ] as [Record<string, string>, number][]) {
      const { answers, wasReset } = await sender('POST', '/v1/jobs', headers);
      expect([answers[0]?.status, wasReset], JSON.stringify(headers)).toEqual([status, false]);
    }
  }, 60_000);
});
