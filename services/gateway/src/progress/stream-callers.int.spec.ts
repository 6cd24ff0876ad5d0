/** Who may open a stream, what it carries for whom, and when it ends: WebSocket and server-sent events alike. */
import { connect as connectTcp } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { encode, keys, limits, logSubjects, newJobId, type BridgeHead, type JobView } from '@manyhands/proto';
import { aJobView, aKindRegistration, aWorkerHeartbeat, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { startFixture, type GatewayFixture } from '../gateway.fixture.ts';
import { playCallers, type PlayedCallers } from '../identity/played-callers.fixture.ts';
import { SIGNED_OUT_CODE } from './websocket/bridge.ts';

/** What is promised. */
const endsWithinMs = 5_000;

let nats: NatsServer;
let gateway: GatewayFixture;
let callers: PlayedCallers;
const open: { terminate(): void }[] = [];

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startFixture(nats.url);
  callers = playCallers(gateway.app);
  await gateway.world.register(aKindRegistration());
  const headers = callers.add('start');
  await eventually(async () => expect((await gateway.call('/v1/jobs', { headers })).status).toBe(200));
});
afterEach(() => {
  for (const one of open.splice(0)) one.terminate();
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
  frames: Frame[];
  send(command: object): void;
  closed: Promise<number>;
}

function connect(headers: Record<string, string> = {}, query = ''): Promise<Client | { status: number; text: string }> {
  const socket = new WebSocket(`${gateway.origin.replace('http', 'ws')}/ws${query}`, { headers });
  open.push(socket);
  const frames: Frame[] = [];
  socket.on('message', (data) => {
    const text = String(data);
    const end = text.indexOf('\n');
    frames.push({ head: JSON.parse(text.slice(0, end)) as BridgeHead, value: text.slice(end + 1) });
  });
  socket.on('error', () => undefined);
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  return new Promise((resolve) => {
    socket.on('open', () =>
      resolve({ frames, send: (command: object) => socket.send(JSON.stringify(command)), closed } satisfies Client),
    );
    socket.on('unexpected-response', (_request, response) => {
      expect(response.statusCode === 401).toBe(response.headers['www-authenticate'] === 'Bearer');
      void response
        .setEncoding('utf8')
        .toArray()
        .then((parts: string[]) => resolve({ status: response.statusCode ?? 0, text: parts.join('') }));
    });
  });
}

async function connected(headers: Record<string, string>, query = ''): Promise<Client> {
  const client = await connect(headers, query);
  if ('status' in client) throw new Error(`refused with ${client.status}: ${client.text}`);
  return client;
}

const errorsOf = ({ frames }: Client): string[] => frames.filter(({ head }) => head.topic === 'error').map(({ value }) => value);

async function follow(path: string, headers: Record<string, string> = {}) {
  const left = new AbortController();
  open.push({ terminate: () => left.abort() });
  const response = await fetch(`${gateway.origin}${path}`, { headers, signal: left.signal });
  let text = '';
  const ended = (async () => {
    try {
      for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) text += piece;
    } catch (error) {
      if (!left.signal.aborted) throw error;
    }
    return text;
  })();
  return { status: response.status, text: () => text, ended };
}

async function aJobOf(tenant: string, given: Partial<JobView> = {}): Promise<JobView> {
  const view = aJobView({ job_id: newJobId(), tenant, status: 'running', ...given });
  await gateway.world.save(view);
  return view;
}

async function log(tenant: string, jobId: string, text: string): Promise<void> {
  const line = { v: 1, type: 'LogLine', job_id: jobId, level: 'info', text, worker: 'w1', chunk: 0, attempt: 0, at: new Date() };
  await gateway.world.outbox.publishAll([{ subject: logSubjects.ofJob(tenant, jobId), data: encode(line) }]);
}

// Seen: one account followed a hundred jobs, none of which was there, and no other account could follow its own.
describe.each(['logs', 'leases'] as const)('the %s of jobs', (topic) => {
  test('that one account follows leave room for those of another', async () => {
    const max = limits.logsFollowedMax / 2;
    const hog = await connected(callers.add('hog'));
    for (let count = 0; count < max; count += 1) hog.send({ do: 'subscribe', topic, id: newJobId() });
    await eventually(() => expect(errorsOf(hog)).toHaveLength(max));
    expect(new Set(errorsOf(hog))).toEqual(new Set(['{"detail":"Job not found."}']));
    const more = await connected(callers.add('hog'));
    more.send({ do: 'subscribe', topic, id: newJobId() });
    await eventually(() => expect(errorsOf(more)[0]).toContain(`The ${topic} of ${max} jobs are followed here for one account`));
    expect(await more.closed).toBe(1013);
    const { job_id: id } = await aJobOf('ann');
    const ann = await connected(callers.add('ann'));
    ann.send({ do: 'subscribe', topic, id });
    await eventually(() => expect(ann.frames.some(({ head }) => head.topic === 'ready')).toBe(true));
    expect(errorsOf(ann)).toEqual([]);
    if (topic === 'logs') expect((await follow(`/v1/jobs/${id}/logs/events`, callers.add('ann'))).status).toBe(200);
  });
});

describe('a stream is opened', () => {
  test.each(['/ws', '/v1/jobs/0193e4a0-0000-7000-8000-000000000000/events'])(
    'at %s by no client that is not known',
    async (path) => {
      const statusOf = async (headers: Record<string, string>, query = ''): Promise<number | undefined> => {
        if (path !== '/ws') return (await follow(`${path}${query}`, headers)).status;
        const client = await connect(headers, query);
        return 'status' in client ? client.status : undefined;
      };
      expect(await statusOf({})).toBe(401);
      expect(await statusOf({ authorization: 'Bearer unknown' })).toBe(401);
      expect(await statusOf({}, '?ticket=unknown')).toBe(401);
      expect(await statusOf(callers.add('writer', { scopes: ['write'] }))).toBe(403);
    },
  );

  test('with a ticket, once', async () => {
    const { job_id: id } = await aJobOf('ann');
    callers.add('ann');
    const ticket = callers.ticket('ann');
    await connected({}, `?ticket=${ticket}`);
    expect(await connect({}, `?ticket=${ticket}`)).toMatchObject({ status: 401 });
    const other = callers.ticket('ann');
    const stream = await follow(`/v1/jobs/${id}/events?ticket=${other}`);
    await eventually(() => expect(stream.text()).toContain(id));
    expect((await follow(`/v1/jobs/${id}/events?ticket=${other}`)).status).toBe(401);
    const third = callers.ticket('ann');
    expect((await follow(`/v1/jobs/${id}/logs/events?ticket=${third}`)).status).toBe(200);
  });

  test('with a header and a ticket by the header, and the ticket stays good', async () => {
    const headers = callers.add('ann');
    const ticket = callers.ticket('ann');
    await connected(headers, `?ticket=${ticket}`);
    await connected({}, `?ticket=${ticket}`);
  });

  test('by a ticket nowhere else', async () => {
    callers.add('ann');
    expect(await gateway.call(`/v1/jobs?ticket=${callers.ticket('ann')}`)).toMatchObject({ status: 401 });
  });

  test('and what a client sends before it is known is carried out once it is', async () => {
    const { authorization } = callers.add('ann');
    const { entered, release } = callers.hold();
    const { hostname, port, host } = new URL(gateway.origin);
    const socket = connectTcp(Number(port), hostname);
    open.push({ terminate: () => socket.destroy() });
    let received = '';
    socket.on('data', (data) => (received += data.toString('latin1')));
    const key = 'dGhlIHNhbXBsZSBub25jZQ==';
    const ask = Buffer.from('{"do":"ask","topic":"alive"}');
    // A frame as a client sends it, masked with zeros.
    const frame = Buffer.concat([Buffer.from([0x81, 0x80 | ask.length, 0, 0, 0, 0]), ask]);
    socket.write(
      `GET /ws HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: ${key}\r\nAuthorization: ${authorization}\r\n\r\n`,
    );
    socket.write(frame);
    await entered;
    socket.write(frame);
    expect(received).toBe('');
    release();
    await eventually(() => expect(received.match(/\{"current":true\}/g)).toHaveLength(2));
  });
});

describe('a subscription carries', () => {
  test('what the caller has, and nothing of what another has', async () => {
    const mine = await aJobOf('ann');
    const theirs = await aJobOf('bob', { detail: 'MARKER-OF-BOB' });
    await log('bob', theirs.job_id, 'MARKER-OF-BOB');
    const client = await connected(callers.add('ann'));
    client.send({ do: 'subscribe', topic: 'job', id: theirs.job_id });
    client.send({ do: 'subscribe', topic: 'logs', id: theirs.job_id });
    client.send({ do: 'subscribe', topic: 'leases', id: theirs.job_id });
    client.send({ do: 'subscribe', topic: 'jobs' });
    await eventually(() => expect(client.frames.at(-1)).toMatchObject({ head: { topic: 'ready', key: 'jobs' } }));
    await gateway.world.save({ ...theirs, detail: 'MARKER-OF-BOB again' });
    await log('bob', theirs.job_id, 'MARKER-OF-BOB again');
    await gateway.world.save({ ...mine, detail: 'seen' });
    await eventually(() => expect(client.frames.at(-1)?.value).toContain('seen'));
    expect(JSON.stringify(client.frames)).not.toMatch(/MARKER|bob/);
    expect(client.frames.filter(({ head }) => head.topic === 'error').map(({ value }) => value)).toEqual([
      '{"detail":"Job not found."}',
      '{"detail":"Job not found."}',
      '{"detail":"Job not found."}',
    ]);
  });

  test('to a client that sends nothing, as that of another queue, what the caller has alone', async () => {
    const client = await connected(callers.add('ann'));
    await gateway.world.beat(aWorkerHeartbeat({ worker: 'w2' }));
    await eventually(() => expect(JSON.stringify(client.frames)).toContain('worker_heartbeat'));
    const theirs = await aJobOf('bob');
    const mine = await aJobOf('ann');
    await eventually(() => expect(JSON.stringify(client.frames)).toContain(mine.job_id));
    expect(JSON.stringify(client.frames)).not.toMatch(new RegExp(`${theirs.job_id}|bob|queue_update`));
  });

  test('what another tenant has to administrators only', async () => {
    const { job_id: id } = await aJobOf('bob', { detail: 'MARKER-OF-BOB' });
    const wishes = [
      { do: 'subscribe', topic: 'job', id, tenant: 'bob' },
      { do: 'subscribe', topic: 'logs', id, tenant: 'bob' },
      { do: 'subscribe', topic: 'leases', id, tenant: 'bob' },
      { do: 'subscribe', topic: 'jobs', tenant: 'bob' },
      { do: 'subscribe', topic: 'jobs', tenant: '*' },
      { do: 'subscribe', topic: 'stats' },
    ];
    const answersTo = async (headers: Record<string, string>): Promise<string[]> => {
      const client = await connected(headers);
      for (const wish of wishes) client.send(wish);
      await eventually(() =>
        expect(client.frames.filter(({ head }) => ['ready', 'error'].includes(head.topic))).toHaveLength(wishes.length),
      );
      return client.frames.map(({ head, value }) => `${head.topic} ${head.key} ${value}`);
    };
    const ofUser = await answersTo(callers.add('ann'));
    expect(ofUser.filter((answer) => !/^error/.test(answer))).toEqual([]);
    expect(ofUser.join()).not.toContain('MARKER');
    const ofKey = await answersTo(callers.add('key of an admin', { tenant: 'ann', role: 'admin', scopes: ['read', 'write'] }));
    expect(ofKey.filter((answer) => !/^error/.test(answer))).toEqual([]);
    const ofAdmin = await answersTo(callers.add('root', { role: 'admin' }));
    expect(ofAdmin.filter((answer) => answer.startsWith('error'))).toEqual([]);
    for (const ready of [keys.job('bob', id), logSubjects.ofJob('bob', id), 'jobs bob', 'jobs *', 'stats'])
      expect(ofAdmin, ready).toContain(`ready ${ready} `);
    expect(ofAdmin.filter((answer) => answer.includes('MARKER') && answer.includes(id))).toHaveLength(3);
  });

  test.each(['*', '>', 'bob.x', 'a b'])('nothing for a tenant that is called %j', async (tenant) => {
    const client = await connected(callers.add('root', { role: 'admin' }));
    client.send({ do: 'subscribe', topic: 'job', id: newJobId(), tenant });
    await eventually(() => expect(client.frames[0]?.value).toContain('Not a command'));
  });

  test('of workers what can be computed, and their hosts and leases to administrators only', async () => {
    const lease = { job_id: newJobId(), lease: '0-1-0', kind: 'sum' };
    await gateway.world.beat(aWorkerHeartbeat({ worker: 'w1', host: 'secret-host', leases: [lease] }));
    const workersFor = async (headers: Record<string, string>): Promise<string> => {
      const client = await connected(headers);
      client.send({ do: 'subscribe', topic: 'workers' });
      await eventually(() => expect(client.frames.at(-1)?.head.topic).toBe('ready'));
      return client.frames.find(({ value }) => value.includes('"w1"'))!.value;
    };
    const ofUser = await workersFor(callers.add('ann'));
    expect(JSON.parse(ofUser)).toMatchObject({ worker: 'w1', kinds: ['sum'], draining: false });
    expect(ofUser).not.toMatch(new RegExp(`secret-host|pid|${lease.job_id}`));
    expect(await workersFor(callers.add('root', { role: 'admin' }))).toContain('secret-host');
    // Seen: an API key of an administrator was sent all of it, whatever it is good for.
    expect(await workersFor(callers.add('key-of-root', { role: 'admin', scopes: ['read'] }))).toBe(ofUser);
  });
});

describe('a stream ends', () => {
  test.each(['revoked', 'expired'] as const)('once its caller is %s, in time, and carries nothing more', async (how) => {
    const view = await aJobOf('ann');
    const headers = callers.add(`session-${how}`, { tenant: 'ann', ...(how === 'expired' && { untilMs: Date.now() + 2_000 }) });
    const stays = await connected(callers.add('another session', { tenant: 'ann' }));
    stays.send({ do: 'subscribe', topic: 'job', id: view.job_id });
    const client = await connected(headers);
    client.send({ do: 'subscribe', topic: 'job', id: view.job_id });
    const events = await follow(`/v1/jobs/${view.job_id}/events`, headers);
    const lines = await follow(`/v1/jobs/${view.job_id}/logs/events`, headers);
    await eventually(() => expect(client.frames).toHaveLength(2));
    await eventually(() => expect(events.text()).toContain(view.job_id));
    const beganMs = performance.now();
    if (how === 'revoked') callers.revoke('session-revoked');
    expect(await client.closed).toBe(SIGNED_OUT_CODE);
    await Promise.all([events.ended, lines.ended]);
    expect(performance.now() - beganMs).toBeLessThan(endsWithinMs);
    expect(events.text()).not.toContain('event: done');
    await gateway.world.save({ ...view, detail: 'after the end' });
    await eventually(() => expect(stays.frames.at(-1)?.value).toContain('after the end'));
    expect(JSON.stringify([client.frames, events.text(), lines.text()])).not.toContain('after the end');
    expect((await follow(`/v1/jobs/${view.job_id}/events`, headers)).status).toBe(401);
  });

  test('at the next command of a client that is not good any more', async () => {
    const client = await connected(callers.add('brief', { tenant: 'ann' }));
    callers.revoke('brief');
    client.send({ do: 'subscribe', topic: 'jobs' });
    expect(await client.closed).toBe(SIGNED_OUT_CODE);
    expect(client.frames.map(({ head }) => head.topic)).toEqual(['error']);
  });
});
