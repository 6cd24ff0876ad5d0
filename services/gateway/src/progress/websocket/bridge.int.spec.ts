import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { encode, keys, newJobId, type BridgeCommand, type BridgeHead } from '@manyhands/proto';
import { aJobView, aKindRegistration, aWorkerHeartbeat, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { jobKey, startFixture, startGateway, startReadyGateway, type GatewayFixture } from '../../gateway.fixture.ts';
import { readOrigins } from '@manyhands/proto/settings';
import { COMMAND_BYTES_MAX, COMMANDS_PENDING_MAX } from './bridge.ts';
import { SUBSCRIPTIONS_MAX } from './bridge-commands.ts';

let nats: NatsServer;
let gateway: GatewayFixture;
const open: WebSocket[] = [];

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startFixture(nats.url, { origins: readOrigins('https://friend.example') });
  await gateway.world.register(aKindRegistration());
  await eventually(async () => expect((await gateway.call('/v1/jobs')).status).toBe(200));
});

afterEach(() => {
  for (const socket of open.splice(0)) socket.terminate();
});

afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

interface Frame {
  head: BridgeHead;
  value: string;
}

interface Client {
  socket: WebSocket;
  frames: Frame[];
  send(command: BridgeCommand): void;
  closed: Promise<[code: number, reason: string]>;
}

async function connect(options: WebSocket.ClientOptions = {}, origin = gateway.origin): Promise<Client> {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/ws`, options);
  open.push(socket);
  const frames: Frame[] = [];
  socket.on('message', (data, isBinary) => {
    expect(isBinary).toBe(false);
    const text = String(data);
    const end = text.indexOf('\n');
    frames.push({ head: JSON.parse(text.slice(0, end)) as BridgeHead, value: text.slice(end + 1) });
  });
  const closed = new Promise<[number, string]>((resolve) =>
    socket.on('close', (code, reason) => resolve([code, String(reason)])),
  );
  await new Promise((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('error', reject);
  });
  return { socket, frames, send: (command) => socket.send(JSON.stringify(command)), closed };
}

async function refusal(
  options: WebSocket.ClientOptions,
  path = '/ws',
  origin = gateway.origin,
): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${origin.replace('http', 'ws')}${path}`, options);
    open.push(socket);
    socket.on(
      'unexpected-response',
      (_request, response) =>
        void response
          .setEncoding('utf8')
          .toArray()
          .then((parts: string[]) => resolve({ status: response.statusCode, body: parts.join('') })),
    );
    socket.on('open', () => reject(new Error('was let in')));
    socket.on('error', () => undefined);
  });
}

describe('/ws', () => {
  test('sends the newest view of a job, ready, then each change, as the bytes of the bucket', async () => {
    const view = aJobView({ job_id: newJobId(), status: 'running' });
    const bytes = JSON.stringify(view, undefined, 2);
    const first = await (await gateway.world.bucket('jobs')).put(jobKey(view.job_id), new TextEncoder().encode(bytes));
    const client = await connect();
    client.send({ do: 'subscribe', topic: 'job', id: view.job_id });
    const key = jobKey(view.job_id);
    await eventually(() =>
      expect(client.frames).toEqual([
        { head: { topic: 'job', key, revision: first }, value: bytes },
        { head: { topic: 'ready', key, revision: 0 }, value: '' },
      ]),
    );
    const next = await gateway.world.save({ ...view, status: 'completed' });
    await eventually(() =>
      expect(client.frames[2]).toEqual({
        head: { topic: 'job', key, revision: next },
        value: JSON.stringify({ ...view, status: 'completed' }),
      }),
    );
    await (await gateway.world.bucket('jobs')).remove(key);
    await eventually(() => expect(client.frames[3]).toMatchObject({ head: { topic: 'job', key }, value: '' }));
  });

  test('sends a client that asks for changes the view once, then what changed while the job runs', async () => {
    const { job_id: id } = aJobView({ job_id: newJobId() });
    const timing = {
      ...{ ms: 900, parts: { computing: 900 }, at: '2026-11-21T23:40:00.900Z', doing: 'computing' as const, slots: 2, leases: 3 },
      ...{ busy: { computing: 1_500, merging: 0, pacing: 0 }, chunk_times: [], slowest: [], width_ms: 8, rows: [] },
    };
    const { ms, slots, leases, busy } = timing;
    const view = aJobView({ job_id: id, status: 'running', workers: { a: 3, b: 4 }, timing });
    await gateway.world.save(view);
    const key = jobKey(id);
    const [changes, whole] = [await connect(), await connect()];
    changes.send({ do: 'subscribe', topic: 'job', id, changes: true });
    whole.send({ do: 'subscribe', topic: 'job', id });
    for (const client of [changes, whole]) await eventually(() => expect(client.frames).toHaveLength(2));
    const further = { ...view, completed_chunks: 5, workers: { a: 3, b: 4, c: 1 } };
    const revision = await gateway.world.save(further);
    await eventually(() => expect(changes.frames).toHaveLength(3));
    // Who comes later has the same to begin with.
    const later = await connect();
    later.send({ do: 'subscribe', topic: 'job', id, changes: true });
    await eventually(() => expect(later.frames).toHaveLength(2));
    const over = { ...further, status: 'completed' as const, result: 7 };
    const last = await gateway.world.save(over);
    for (const client of [changes, later, whole])
      await eventually(() => expect(client.frames.at(-1)!.head).toEqual({ topic: 'job', key, revision: last }));
    const followed = (of: typeof view) => JSON.stringify({ ...of, timing: { ms, slots, leases, busy } });
    expect(changes.frames).toEqual([
      { head: { topic: 'job', key, revision: expect.any(Number) }, value: followed(view) },
      { head: { topic: 'ready', key, revision: 0 }, value: '' },
      { head: { topic: 'changes', key, revision }, value: '{"completed_chunks":5,"workers":{"c":1}}' },
      { head: { topic: 'job', key, revision: last }, value: followed(over) },
    ]);
    expect(later.frames[0]!.value).toBe(followed(further));
    expect(whole.frames.map(({ value }) => value)).toEqual([view, '', further, over].map((each) => each && JSON.stringify(each)));
  });

  test('sends a client that asks for brief changes no more than what changed', async () => {
    const view = aJobView({ job_id: newJobId(), status: 'running', rate: 1 / 3, eta_sec: 12.345 });
    await gateway.world.save(view);
    const key = jobKey(view.job_id);
    const client = await connect();
    client.send({ do: 'subscribe', topic: 'job', id: view.job_id, changes: true, brief: true });
    await eventually(() => expect(client.frames).toHaveLength(2));
    await gateway.world.save({ ...view, completed_chunks: 5, rate: 0.333_341, eta_sec: 11 });
    await eventually(() =>
      expect(client.frames).toEqual([
        {
          head: { topic: 'job', key, revision: expect.any(Number) },
          value: JSON.stringify({ ...view, rate: 0.3333, eta_sec: 12.35 }),
        },
        { head: { topic: 'ready', key, revision: 0 }, value: '' },
        { head: { topic: 'changes' }, value: '{"completed_chunks":5,"eta_sec":11}' },
      ]),
    );
  });

  test('sends an error for a job that is not there, and its view once it is', async () => {
    const view = aJobView({ job_id: newJobId() });
    const client = await connect();
    client.send({ do: 'subscribe', topic: 'job', id: view.job_id });
    await eventually(() =>
      expect(client.frames).toEqual([
        { head: { topic: 'error', key: jobKey(view.job_id), revision: 0 }, value: '{"detail":"Job not found."}' },
        { head: { topic: 'ready', key: jobKey(view.job_id), revision: 0 }, value: '' },
      ]),
    );
    await gateway.world.save(view);
    await eventually(() => expect(client.frames[2]).toMatchObject({ head: { topic: 'job' } }));
  });

  test('sends the lists: jobs of the tenant only, workers with their going, kinds', async () => {
    const client = await connect();
    for (const topic of ['jobs', 'workers', 'kinds', 'stats'] as const) client.send({ do: 'subscribe', topic });
    await eventually(() =>
      expect(client.frames.filter(({ head }) => head.topic === 'ready').map(({ head }) => head.key)).toEqual([
        'jobs',
        'workers',
        'kinds',
        'stats',
      ]),
    );
    expect(client.frames).toContainEqual({
      head: { topic: 'kinds', key: 'sum', revision: expect.any(Number) },
      value: JSON.stringify(aKindRegistration()),
    });
    await gateway.world.save(aJobView({ job_id: newJobId(), tenant: 'other' }));
    const mine = aJobView({ job_id: newJobId() });
    await gateway.world.save(mine);
    await (
      await gateway.world.bucket('workers')
    ).put(keys.worker('short'), encode(aWorkerHeartbeat({ worker: 'short' })), { ttlMs: 1_000 });
    await eventually(() =>
      expect(client.frames).toContainEqual({ head: { topic: 'workers', key: 'short', revision: expect.any(Number) }, value: '' }),
    );
    const jobs = client.frames.filter(({ head }) => head.topic === 'jobs');
    expect(jobs).toContainEqual({
      head: { topic: 'jobs', key: jobKey(mine.job_id), revision: expect.any(Number) },
      value: JSON.stringify(mine),
    });
    expect(jobs.filter(({ head }) => !head.key.startsWith('local.'))).toEqual([]);
  });

  test('sends rows without maps to a client that asks for rows, and whole views to one that does not', async () => {
    const [rows, whole] = [await connect(), await connect()];
    rows.send({ do: 'subscribe', topic: 'jobs', rows: true });
    whole.send({ do: 'subscribe', topic: 'jobs' });
    const done = Array.from({ length: 1_500 }, (_, at) => [2 * at, 2 * at + 1] as [number, number]);
    const view = aJobView({
      job_id: newJobId(),
      params: { n: 3, chunks: [1], timing: '"chunks":{' },
      chunks: { done, leased: [], failed: [], coarse: true },
    });
    await gateway.world.save(view);
    const shownTo = (client: typeof rows) => client.frames.findLast(({ head }) => head.key === jobKey(view.job_id))?.value;
    await eventually(() => expect(shownTo(whole)).toBe(JSON.stringify(view)));
    const { chunks: _chunks, ...row } = view;
    await eventually(() => expect(shownTo(rows)).toBe(JSON.stringify(row)));
    expect([shownTo(rows)!.length < 1_000, shownTo(whole)!.length > 15_000]).toEqual([true, true]);
  });

  test('compresses what is large for a client that takes it, and takes what one has compressed', async () => {
    const packed = await connect({ perMessageDeflate: { threshold: 0 } });
    const plain = await connect({ perMessageDeflate: false });
    const narrow = await connect({ perMessageDeflate: { serverMaxWindowBits: 9 } });
    expect([packed, plain].map(({ socket }) => socket.extensions)).toEqual(['permessage-deflate', '']);
    const done = Array.from({ length: 1_500 }, (_, at) => [2 * at, 2 * at + 1] as [number, number]);
    const view = aJobView({ job_id: newJobId(), chunks: { done, leased: [], failed: [], coarse: true } });
    await gateway.world.save(view);
    const clients = [packed, plain, narrow];
    for (const client of clients) client.send({ do: 'subscribe', topic: 'job', id: view.job_id });
    for (const client of clients)
      await eventually(() => expect(client.frames.find(({ head }) => head.topic === 'job')?.value).toBe(JSON.stringify(view)));
    await gateway.world.save({ ...view, progress: 0.5 });
    for (const client of clients)
      await eventually(() => expect(client.frames.at(-1)?.value).toBe(JSON.stringify({ ...view, progress: 0.5 })));
    const bytesTo = ({ socket }: Client) => (socket as unknown as { _socket: { bytesRead: number } })._socket.bytesRead;
    expect(bytesTo(packed)).toBeLessThan(bytesTo(plain) / 2);
    expect(bytesTo(narrow)).toBeGreaterThan(bytesTo(plain) / 2);
  });

  test('sends nothing more after unsubscribe', async () => {
    const view = aJobView({ job_id: newJobId() });
    await gateway.world.save(view);
    const client = await connect();
    client.send({ do: 'subscribe', topic: 'job', id: view.job_id });
    client.send({ do: 'unsubscribe', topic: 'job', id: view.job_id });
    client.send({ do: 'subscribe', topic: 'workers' });
    await eventually(() => expect(client.frames.at(-1)?.head).toMatchObject({ topic: 'ready', key: 'workers' }));
    const before = client.frames.length;
    await gateway.world.save({ ...view, status: 'running' });
    await gateway.world.beat(aWorkerHeartbeat({ worker: 'marker' }));
    await eventually(() => expect(client.frames.at(-1)?.head).toMatchObject({ topic: 'workers', key: 'marker' }));
    expect(client.frames.slice(before).filter(({ head }) => head.topic === 'job')).toEqual([]);
  });

  test('a client that does not read is held at one state per key and gets the newest of each when it reads again', async () => {
    // Pings would end a client that does not read before this is through.
    const patient = await startGateway(nats.url);
    const views = [aJobView({ job_id: newJobId() }), aJobView({ job_id: newJobId() })];
    // What is compressed would fit into the buffers of the connection.
    const client = await connect({ perMessageDeflate: false }, patient.origin);
    for (const view of views) {
      await gateway.world.save(view);
      client.send({ do: 'subscribe', topic: 'job', id: view.job_id });
    }
    await eventually(() => expect(client.frames.filter(({ head }) => head.topic === 'ready')).toHaveLength(2));
    client.socket.pause();
    const changes = 100;
    const newest: number[] = [];
    for (let change = 1; change <= changes; change += 1) {
      for (const [index, view] of views.entries())
        newest[index] = await gateway.world.save({ ...view, detail: 'x'.repeat(100_000), completed_chunks: change });
    }
    await eventually(async () =>
      expect(
        (await (await fetch(`${patient.origin}/v1/jobs?limit=2`)).text()).match(new RegExp(`"completed_chunks":${changes}`, 'g')),
      ).toHaveLength(2),
    );
    client.socket.resume();
    await eventually(() => {
      const states = client.frames.filter(({ head }) => head.topic === 'job');
      for (const [index, view] of views.entries())
        expect(states.findLast(({ head }) => head.key === jobKey(view.job_id))?.head.revision).toBe(newest[index]);
    });
    const states = client.frames.filter(({ head }) => head.topic === 'job');
    expect(states.length).toBeLessThan(changes * 2);
    for (const view of views) {
      const revisions = states.filter(({ head }) => head.key === jobKey(view.job_id)).map(({ head }) => head.revision);
      expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    }
    await patient.app.close();
  });

  test('a client that never reads is cut, and nobody else is', async () => {
    const strict = await startReadyGateway(nats.url, { stuckMs: 300 });
    const view = aJobView({ job_id: newJobId() });
    await gateway.world.save(view);
    const [stuck, other] = [await connect({}, strict.origin), await connect({}, strict.origin)];
    for (const client of [stuck, other]) {
      client.send({ do: 'subscribe', topic: 'job', id: view.job_id });
      await eventually(() => expect(client.frames).toHaveLength(2));
    }
    stuck.socket.pause();
    await eventually(async () => {
      await gateway.world.save({ ...view, detail: 'x'.repeat(500_000) });
      expect(await (await fetch(`${strict.origin}/metrics`)).text()).toMatch(
        /manyhands_watchers_cut_total\{transport="websocket",.*\} 1/,
      );
    });
    stuck.socket.resume();
    await stuck.closed;
    const last = await gateway.world.save({ ...view, status: 'completed' });
    await eventually(() => expect(other.frames.at(-1)?.head.revision).toBe(last));
    await strict.app.close();
  });

  test('answers pings', async () => {
    const client = await connect();
    const ponged = new Promise((resolve) => client.socket.on('pong', resolve));
    client.socket.ping('hello');
    expect(String(await ponged)).toBe('hello');
  });

  test('answers who asks whether it is there, and says that what it sends is the newest', async () => {
    const client = await connect();
    client.send({ do: 'ask', topic: 'alive' });
    await eventually(() =>
      expect(client.frames).toEqual([{ head: { topic: 'alive', key: '', revision: 0 }, value: '{"current":true}' }]),
    );
  });

  test('answers what is no command with an error that says what to send', async () => {
    const client = await connect();
    client.socket.send('{"do":"dance"}');
    client.socket.send('not json');
    client.send({ do: 'subscribe', topic: 'job', id: '*' });
    await eventually(() => expect(client.frames).toHaveLength(3));
    for (const { head, value } of client.frames)
      expect([head.topic, value]).toEqual(['error', expect.stringMatching(/^\{"detail":"Not a command/)]);
  });

  test('refuses more subscriptions than its limit', async () => {
    const client = await connect();
    for (let count = 0; count <= SUBSCRIPTIONS_MAX; count += 1) {
      client.send({ do: 'subscribe', topic: 'job', id: newJobId() });
      if (count % 50 === 49)
        await eventually(() => expect(client.frames.filter(({ head }) => head.topic === 'ready')).toHaveLength(count + 1));
    }
    await eventually(() => expect(client.frames.at(-1)?.value).toContain(`At most ${SUBSCRIPTIONS_MAX} subscriptions`));
  });

  // Seen: who came back with all subscriptions there may be was cut for asking too much at once.
  test('who holds all subscriptions there may be can take them all anew at once, and is answered in order', async () => {
    const client = await connect();
    const ids = Array.from({ length: SUBSCRIPTIONS_MAX }, () => newJobId());
    const readies = () => client.frames.filter(({ head }) => head.topic === 'ready').map(({ head }) => head.key);
    for (const id of ids) client.send({ do: 'subscribe', topic: 'job', id });
    await eventually(() => expect(readies()).toHaveLength(SUBSCRIPTIONS_MAX));
    client.frames.length = 0;
    for (const id of ids) for (const what of ['unsubscribe', 'subscribe'] as const) client.send({ do: what, topic: 'job', id });
    for (const id of ids) client.send({ do: 'subscribe', topic: 'job', id });
    client.send({ do: 'ask', topic: 'alive' });
    // Which frame is the last depends on what was still being answered when the third command for a job came.
    await eventually(() => expect(client.frames.map(({ head }) => head.topic)).toContain('alive'));
    await eventually(() => expect(new Set(readies())).toEqual(new Set(ids.map(jobKey))));
    expect(client.socket.readyState).toBe(WebSocket.OPEN);
  });

  test('closes a client that sends a command over the limit, or floods', async () => {
    const long = await connect();
    long.socket.on('error', () => undefined);
    long.socket.send('x'.repeat(COMMAND_BYTES_MAX + 1));
    expect((await long.closed)[0]).toBe(1009);
    const flood = await connect();
    for (let count = 0; count <= COMMANDS_PENDING_MAX * 5; count += 1)
      flood.send({ do: 'subscribe', topic: 'job', id: newJobId() });
    expect(await flood.closed).toEqual([1008, 'too many commands at once']);
  });

  test('lets in pages of its own origin and of allowed ones, and no others', async () => {
    const host = new URL(gateway.origin).host;
    await connect({ origin: `http://${host}` });
    await connect({ origin: 'https://friend.example' });
    expect((await refusal({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await refusal({ origin: `http://${host}.evil.example` })).status).toBe(403);
    expect((await refusal({ origin: 'null' })).status).toBe(403);
    expect((await refusal({}, '/elsewhere')).status).toBe(404);
  });

  test('lets in no more clients than its limit, and says so', async () => {
    const small = await startGateway(nats.url, { clientsMax: 1 });
    const only = await connect({}, small.origin);
    const answer = await refusal({}, '/ws', small.origin);
    expect(answer).toEqual({ status: 503, body: '{"detail":"Too many clients; try again in a moment."}' });
    only.socket.close();
    await only.closed;
    await eventually(() => connect({}, small.origin));
    await small.app.close();
  });

  test('ends a client that does not answer pings, and keeps one that does', async () => {
    // A second: the answer to a ping may take its time while other tests run.
    const strict = await startGateway(nats.url, { heartbeatMs: 1_000 });
    const alive = await connect({}, strict.origin);
    const dead = await connect({ autoPong: false }, strict.origin);
    await dead.closed;
    expect(alive.socket.readyState).toBe(WebSocket.OPEN);
    await eventually(async () =>
      expect(await (await fetch(`${strict.origin}/metrics`)).text()).toMatch(/manyhands_watchers\{transport="websocket",.*\} 1/),
    );
    await strict.app.close();
  });
});
