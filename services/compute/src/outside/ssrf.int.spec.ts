/** Whatever a job names, nothing of this machine or of a private network receives a connection. Canaries on loopback count them. */
import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { refusalOfAddress } from './address.ts';
import { OutsideClient, type OutsideAnswer } from './client.ts';
import { guardedAgent } from './guard.ts';
import { startNameServer, type NameServer } from './name-server.fixture.ts';

let port: number;
let connections = 0;
let canaries: Server[];
let moving: HttpServer;
let names: NameServer;
let client: OutsideClient;

beforeAll(async () => {
  const four = createServer((socket) => void ((connections += 1), socket.destroy()));
  four.listen(0, '127.0.0.1');
  await once(four, 'listening');
  port = (four.address() as AddressInfo).port;
  const six = createServer((socket) => void ((connections += 1), socket.destroy()));
  six.listen(port, '::1');
  // A machine without IPv6 has no canary there.
  await Promise.race([once(six, 'listening'), once(six, 'error')]);
  canaries = [four, six];
  names = await startNameServer({
    'private.test': [['127.0.0.1']],
    'mixed.test': [['93.184.215.14', '127.0.0.1']],
    'metadata.test': [['169.254.169.254']],
    'rebind.test': [['127.0.0.1'], ['10.0.0.1'], ['169.254.169.254']],
    'none.test': [[]],
    'moving.test': [['127.0.0.1']],
  });
  moving = createHttpServer((request, answer) => {
    const { searchParams } = new URL(request.url!, 'http://moving.test');
    answer.writeHead(Number(searchParams.get('status')), { location: searchParams.get('to')! }).end();
  });
  moving.listen(0, '127.0.0.1');
  await once(moving, 'listening');
  client = new OutsideClient({
    // Any port of a canary is open for public hosts, so that it is not the port that protects it.
    places: [{ port }, { host: 'moving.test', port: movingPort() }],
    resolve: names.resolve,
  });
});
afterAll(async () => {
  await client.close();
  names.close();
  for (const server of canaries) server.close();
  moving.close();
});

const movingPort = (): number => (moving.address() as AddressInfo).port;

async function outcomeOf(url: string): Promise<OutsideAnswer | Error> {
  return client
    .send({
      url,
      method: 'GET',
      headers: {},
      timeoutMs: 5_000,
      bytesMax: 1_000,
      redirectsMax: 5,
      signal: new AbortController().signal,
    })
    .catch((error: unknown) => error as Error);
}

/** Spellings of addresses; PORT is that of the canaries. */
const HOSTS = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '127.255.255.254',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0X7F.0x0.0x0.0x1',
  '017700000001',
  '0177.0.0.1',
  '0177.1',
  '00000177.0.0.1',
  '127.0.0.1.',
  '0',
  '0.0.0.0',
  '00.0x0',
  '①②⑦.⓪.⓪.①',
  '127。0。0。1',
  '127%2e0%2e0%2e1',
  '%31%32%37.0.0.1',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[0:0:0:0:0:ffff:7f00:0001]',
  '[::127.0.0.1]',
  '[::7f00:1]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::]',
  '[2001:0:7f00:1::1]',
  '[fe80::1]',
  '[fc00::1]',
  '[fd00:ec2::254]',
  '[fec0::1]',
  '[ff02::1]',
  '[100::1]',
  '[2001:db8::1]',
  '10.0.0.1',
  '100.64.0.1',
  '169.254.169.254',
  '169.254.170.2',
  '2852039166',
  '0xa9fea9fe',
  '0251.0376.0251.0376',
  '[::ffff:169.254.169.254]',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.8',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.0.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  'localhost',
  'LOCALHOST',
  'localhost.',
  'a.localhost',
  'metadata.google.internal',
  'metadata.google.internal.',
  'printer.local',
  'router.home.arpa',
  'wiki.lan',
  'private.test',
  'mixed.test',
  'metadata.test',
  'private.test.',
];

describe('nothing private is connected to', () => {
  it.each(HOSTS)('by http://%s', async (host) => {
    expect(await outcomeOf(`http://${host}:${port}/`)).toMatchObject({ name: 'ComputeRefused' });
    expect(connections).toBe(0);
  });

  it.each([
    'http://user@127.0.0.1:PORT/',
    'http://api.example@127.0.0.1:PORT/',
    'http://127.0.0.1:PORT@api.example/',
    'http://user:word@api.example/',
    'http://api.example:80@127.0.0.1:PORT/',
    'http:127.0.0.1:PORT/',
    'http:/127.0.0.1:PORT/',
    'http:\\\\127.0.0.1:PORT\\',
    'http://127.0.0.1:PORT\\@api.example/',
    ' http://127.0.0.1:PORT/',
    'ht\ntp://127.0.0.1:PORT/',
    'http://127.0.0.1\t:PORT/',
    'http://127.0.\n0.1:PORT/',
    '//127.0.0.1:PORT/',
    '/',
    '',
    'http://',
    'http://:PORT/',
    'file:///etc/passwd',
    'ftp://127.0.0.1:PORT/',
    'gopher://127.0.0.1:PORT/_',
    'data:text/html,a',
    'javascript:alert(1)',
    'ws://127.0.0.1:PORT/',
    'unix:/tmp/socket',
    'http://256.0.0.1:PORT/',
    'http://1.2.3.4.5:PORT/',
    'http://[::1:PORT/',
    'blob:http://127.0.0.1:PORT/a',
  ])('by %j', async (url) => {
    expect(await outcomeOf(url.replaceAll('PORT', String(port)))).toMatchObject({ name: 'ComputeRefused' });
    expect(connections).toBe(0);
  });

  const places = [
    'http://127.0.0.1:PORT/',
    'http://[::1]:PORT/',
    '//127.1:PORT/',
    'http://private.test:PORT/',
    'http://2130706433:PORT/',
    'file:///etc/passwd',
    'http://user@127.0.0.1:PORT/',
  ];
  it.each([301, 302, 303, 307, 308].flatMap((status) => places.map((to) => [status, to] as const)))(
    'by a redirect, %i to %s',
    async (status, to) => {
      const at = `http://moving.test:${movingPort()}/?status=${status}&to=${encodeURIComponent(to.replaceAll('PORT', String(port)))}`;
      expect(await outcomeOf(at)).toMatchObject({ name: 'ComputeRefused' });
      expect(connections).toBe(0);
    },
  );

  it('by a name that has another address each time', async () => {
    for (let time = 0; time < 6; time += 1)
      expect(await outcomeOf(`http://rebind.test:${port}/`)).toMatchObject({
        name: 'ComputeRefused',
        message: expect.stringMatching(/^rebind\.test leads to /) as string,
      });
    expect(names.asked()).toBeGreaterThanOrEqual(6);
    expect(connections).toBe(0);
  });

  it('where the address is that of the connection alone, whatever was checked before', async () => {
    const agent = guardedAgent([], names.resolve);
    await expect(agent.request({ origin: `http://127.0.0.1:${port}`, path: '/', method: 'GET' })).rejects.toThrow(
      'is an address of this machine',
    );
    await agent.destroy();
    expect(connections).toBe(0);
  });
});

test('a name that was public when it was checked is checked again by each connection', async () => {
  let time = 0;
  // First a public address, as a check before the connection would see it.
  const answers = [['93.184.215.14'], ['127.0.0.1']];
  const agent = guardedAgent([], (_name, answer) =>
    answer(
      null,
      answers[Math.min(time++, 1)]!.map((address) => ({ address, family: 4 })),
    ),
  );
  const stopped = AbortSignal.timeout(50);
  await expect(
    agent.request({ origin: `http://twice.test:${port}`, path: '/', method: 'GET', signal: stopped }),
  ).rejects.toThrow();
  await expect(agent.request({ origin: `http://twice.test:${port}`, path: '/', method: 'GET' })).rejects.toThrow(
    /twice\.test leads to 127\.0\.0\.1|abort/i,
  );
  await agent.destroy();
  expect(connections).toBe(0);
});

test('the canaries count', async () => {
  const listed = new OutsideClient({ places: [{ network: '127.0.0.0/8' }] });
  await expect(
    listed.send({
      url: `http://127.0.0.1:${port}/`,
      method: 'GET',
      headers: {},
      timeoutMs: 5_000,
      bytesMax: 1,
      redirectsMax: 0,
      signal: new AbortController().signal,
    }),
  ).rejects.toThrow();
  await listed.close();
  expect(connections).toBeGreaterThan(0);
});

test.each([
  '8.8.8.8',
  '93.184.215.14',
  '2606:2800:21f:cb07:6820:80da:af6b:8b2c',
  '2a00:1450:4001:82a::200e',
  '64:ff9b::8.8.8.8',
  '::ffff:8.8.8.8',
])('%s is public', (address) => expect(refusalOfAddress(address)).toBeUndefined());

test('a network that the operator lists is reached, and its neighbours are not', () => {
  expect(refusalOfAddress('10.1.2.3', ['10.1.0.0/16'])).toBeUndefined();
  expect(refusalOfAddress('::ffff:10.1.2.3', ['10.1.0.0/16'])).toBeUndefined();
  expect(refusalOfAddress('10.2.0.0', ['10.1.0.0/16', 'fd00::/8'])).toBeDefined();
});
