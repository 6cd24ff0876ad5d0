import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { encode, keys, newJobId, type JobView, type QueueStats } from '@manyhands/proto';
import {
  aJobView,
  aKindRegistration,
  aWorkerHeartbeat,
  eventually,
  startNatsServer,
  startNetworkLink,
  type NatsServer,
  type NetworkLink,
} from '@manyhands/testkit';
import { openWorld, startReadyGateway, type World } from '../gateway.fixture.ts';

/** What the issue promises: after so long nobody is shown the past. */
const promisedMs = 5_000;
const topics = ['jobs', 'workers', 'kinds', 'stats'] as const;

let nats: NatsServer;
let world: World;
let link: NetworkLink;
let gateway: Awaited<ReturnType<typeof startReadyGateway>>;
const sockets: WebSocket[] = [];
const job = aJobView({ job_id: newJobId(), status: 'running', completed_chunks: 1 });

beforeAll(async () => {
  nats = await startNatsServer();
  world = await openWorld(nats.url);
  await world.register(aKindRegistration());
  await world.beat(aWorkerHeartbeat());
  await world.save(job);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await gateway?.app.close();
  await link?.close();
});
afterAll(async () => {
  await world?.broker.close();
  await nats?.stop();
});

/** A gateway that knows everything, over a line that can be broken. */
async function start(): Promise<void> {
  link = await startNetworkLink(nats);
  gateway = await startReadyGateway(link.url);
  await beatStats();
  for (const path of ['/v1/queues', '/v1/leases']) await eventually(async () => expect((await ask(path)).status).toBe(200));
}

async function beatStats(): Promise<void> {
  const stats: QueueStats = {
    v: 1,
    type: 'QueueStats',
    at: new Date().toISOString(),
    queues: [],
    mailbox_waiting: 0,
    dead_letters: 0,
    jobs: {},
    chunks_per_sec: 0,
    jobs_finished: 0,
  };
  await (await world.bucket('stats')).put(keys.queues, encode(stats));
}

async function ask(path: string): Promise<{ status: number; text: string; retryAfter: string | null; tookMs: number }> {
  const askedAtMs = performance.now();
  const answer = await fetch(`${gateway.origin}${path}`);
  return {
    status: answer.status,
    retryAfter: answer.headers.get('retry-after'),
    text: await answer.text(),
    tookMs: performance.now() - askedAtMs,
  };
}

interface Watching {
  frames: string[];
  closed: Promise<{ code: number; atMs: number }>;
}

async function watch(): Promise<Watching> {
  const socket = new WebSocket(`${gateway.origin.replace('http', 'ws')}/ws`);
  sockets.push(socket);
  const frames: string[] = [];
  socket.on('message', (data) => frames.push(String(data)));
  const closed = new Promise<{ code: number; atMs: number }>((resolve) =>
    socket.on('close', (code) => resolve({ code, atMs: performance.now() })),
  );
  await new Promise((resolve) => socket.on('open', resolve));
  for (const topic of topics) socket.send(JSON.stringify({ do: 'subscribe', topic }));
  socket.send(JSON.stringify({ do: 'subscribe', topic: 'job', id: job.job_id }));
  return { frames, closed };
}

const readies = ({ frames }: Watching) => frames.filter((frame) => frame.startsWith('{"topic":"ready"')).length;

const lists = [
  '/v1/jobs',
  '/v1/workers',
  '/v1/workers/record',
  '/v1/kinds',
  '/v1/queues',
  '/v1/throughput',
  // Seen: answered from memory for as long as the line was silent.
  '/v1/leases',
];

/** What is so while the line is broken, whatever broke it. */
async function expectNoPast(watching: Watching, events: Response, brokenAtMs: number): Promise<void> {
  const ended = events.text().then((text) => ({ text, atMs: performance.now() }));
  // A list that is asked for is the present or none, from the first moment on.
  for (const [index, answer] of (await Promise.all(lists.map(ask))).entries())
    expect(answer, lists[index]).toMatchObject({
      status: 503,
      text: expect.stringMatching(/^\{"detail":".*NATS/),
      retryAfter: expect.stringMatching(/^[1-9]/),
    });
  const { code, atMs } = await watching.closed;
  expect(code).toBe(1013);
  expect(atMs - brokenAtMs).toBeLessThan(promisedMs);
  expect(watching.frames.at(-1)).toMatch(/^\{"topic":"error".*\n\{"detail":"the gateway cannot know/);
  const end = await ended;
  expect(end.text).not.toContain('event: done');
  expect(end.atMs - brokenAtMs).toBeLessThan(promisedMs);
  const paths = [...lists, `/v1/jobs/${job.job_id}`, `/v1/jobs/${job.job_id}/events`, '/v1/dead-letters', '/readyz'];
  for (const [index, answer] of (await Promise.all(paths.map(ask))).entries()) {
    expect(answer, paths[index]).toMatchObject({ status: 503 });
    expect(answer.tookMs, paths[index]).toBeLessThan(2_000);
  }
  // Seen: the workers of before.
  expect(JSON.parse((await ask('/metrics-lite')).text)).toMatchObject({ workers: null, coordinators: null, system: null });
  const refused = await watch();
  expect((await refused.closed).code).toBe(1013);
  expect(readies(refused)).toBe(0);
}

async function expectPresent(newest: JobView): Promise<void> {
  await beatStats();
  await eventually(async () => {
    for (const path of lists) expect((await ask(path)).status, path).toBe(200);
  });
  expect((await ask('/v1/jobs')).text).toContain(JSON.stringify(newest));
  const watching = await watch();
  await eventually(() => expect(readies(watching)).toBe(topics.length + 1));
  expect(
    watching.frames
      .filter((frame) => frame.includes(job.job_id) && !frame.startsWith('{"topic":"ready"'))
      .every((frame) => frame.includes(JSON.stringify(newest))),
  ).toBe(true);
}

// Seen: a gateway whose line to NATS hung went on listing and sending the states of before, with 200.
test('a gateway whose line to NATS is silent shows nobody the past, and the present once the line is back', async () => {
  await start();
  const watching = await watch();
  const events = await fetch(`${gateway.origin}/v1/jobs/${job.job_id}/events`);
  await eventually(() => expect(readies(watching)).toBe(topics.length + 1));
  const brokenAtMs = performance.now();
  link.mute();
  const newest = { ...job, status: 'completed' as const, completed_chunks: 4 };
  await world.save(newest);
  await expectNoPast(watching, events, brokenAtMs);
  link.cut();
  link.mend();
  await expectPresent(newest);
}, 60_000);

test('the same when the line is gone', async () => {
  await start();
  const watching = await watch();
  await world.save(job);
  const events = await fetch(`${gateway.origin}/v1/jobs/${job.job_id}/events`);
  await eventually(() => expect(readies(watching)).toBe(topics.length + 1));
  const brokenAtMs = performance.now();
  link.cut();
  const newest = { ...job, status: 'failed' as const };
  await world.save(newest);
  await expectNoPast(watching, events, brokenAtMs);
  link.mend();
  await expectPresent(newest);
}, 60_000);

test('a server that answers again within the limit costs nobody his connection', async () => {
  await start();
  const watching = await watch();
  await eventually(() => expect(readies(watching)).toBe(topics.length + 1));
  link.cut();
  const newest = { ...job, completed_chunks: 2 };
  await world.save(newest);
  link.mend();
  await eventually(() => expect(watching.frames.at(-1)).toContain(JSON.stringify(newest)));
  expect(sockets.at(-1)!.readyState).toBe(WebSocket.OPEN);
}, 60_000);
