import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { encode, limits, LOCAL_TENANT, type LogLine, logSubjects, newJobId, STREAMS } from '@manyhands/proto';
import { createClient, type Client, type JobLogLine } from '@manyhands/sdk';
import { aJobView, aKindRegistration, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { startFixture, type GatewayFixture } from '../gateway.fixture.ts';
import type { ListedLine } from './listed-line.ts';
import { RING_LINES_MAX } from './line-ring.ts';
import { LogTails } from './log-tails.ts';

let nats: NatsServer;
let gateway: GatewayFixture;
let client: Client;

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startFixture(nats.url, { heartbeatMs: 1_000 });
  client = createClient({ baseUrl: gateway.origin });
  await gateway.world.register(aKindRegistration());
  await eventually(async () => expect((await gateway.call('/v1/jobs')).status).toBe(200));
});

afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

function aLine(jobId: string, message: string, more: Partial<LogLine> = {}): LogLine {
  const at = new Date().toISOString();
  return { v: 1, type: 'LogLine', job_id: jobId, at, level: 'info', message, attempt: 1, worker: 'w-1', slot: 0, ...more };
}

async function store(lines: readonly LogLine[], tenant = LOCAL_TENANT): Promise<void> {
  await gateway.world.outbox.publishAll(
    lines.map((line) => ({ subject: logSubjects.ofJob(tenant, line.job_id), data: encode(line) })),
  );
}

async function aJob(more: Parameters<typeof aJobView>[0] = {}): Promise<string> {
  const view = aJobView({ job_id: newJobId(), status: 'running', ...more });
  await gateway.world.save(view);
  return view.job_id;
}

interface Page {
  lines: ListedLine[];
  prev_cursor: string | null;
  next_cursor: string | null;
}

async function pageOf(jobId: string, query = ''): Promise<Page & { texts: string[] }> {
  const { status, json, text } = await gateway.call(`/v1/jobs/${jobId}/logs${query}`);
  expect(status, text).toBe(200);
  const page = json as Page;
  return { ...page, texts: page.lines.map(({ message }) => message) };
}

async function read(lines: AsyncIterable<JobLogLine>): Promise<string[]> {
  const texts: string[] = [];
  for await (const { message } of lines) texts.push(message);
  return texts;
}

const followers = () => gateway.app.get(LogTails).count;

describe('GET /v1/jobs/:id/logs', () => {
  test('answers with the newest lines, and leads to older and to newer ones', async () => {
    const jobId = await aJob();
    await store(['1', '2', '3', '4', '5'].map((message) => aLine(jobId, message)));
    await store([aLine(jobId, 'of another tenant')], 'other');
    const newest = await pageOf(jobId, '?limit=2');
    expect([newest.texts, newest.next_cursor]).toEqual([['4', '5'], null]);
    const older = await pageOf(jobId, `?limit=2&before=${newest.prev_cursor}`);
    expect(older.texts).toEqual(['2', '3']);
    const oldest = await pageOf(jobId, `?limit=2&before=${older.prev_cursor}`);
    expect([oldest.texts, oldest.prev_cursor]).toEqual([['1'], null]);
    const first = await pageOf(jobId, '?limit=3&after=0');
    expect([first.texts, first.prev_cursor]).toEqual([['1', '2', '3'], null]);
    const last = await pageOf(jobId, `?limit=3&after=${first.next_cursor}`);
    expect([last.texts, last.next_cursor]).toEqual([['4', '5'], null]);
  });

  test('a line is all that the worker stored, and an id', async () => {
    const jobId = await aJob();
    await store([aLine(jobId, 'slow', { level: 'warn', fields: { ms: 12 }, chunk: 4 })]);
    const { lines } = await pageOf(jobId);
    expect(lines).toEqual([
      {
        id: expect.stringMatching(/^[1-9]\d*$/) as string,
        at: expect.any(String) as string,
        level: 'warn',
        message: 'slow',
        fields: { ms: 12 },
        chunk: 4,
        attempt: 1,
        worker: 'w-1',
        slot: 0,
      },
    ]);
    const { text, headers } = await gateway.call(`/v1/jobs/${jobId}/logs?format=ndjson`);
    expect([text, headers.get('content-type')]).toEqual([`${JSON.stringify(lines[0])}\n`, 'application/x-ndjson; charset=utf-8']);
  });

  test('passes over what is not asked for, however much of it there is, and what is no line', async () => {
    const jobId = await aJob();
    await store(
      Array.from({ length: 500 }, (_, at) =>
        aLine(jobId, String(at), { level: at % 100 === 0 ? 'error' : 'debug', worker: at % 200 === 0 ? 'w-1' : 'w-2' }),
      ),
    );
    await gateway.world.outbox.publishAll([{ subject: logSubjects.ofJob(LOCAL_TENANT, jobId), data: encode({ v: 9 }) }]);
    expect((await pageOf(jobId, '?limit=2&level=warn')).texts).toEqual(['300', '400']);
    expect((await pageOf(jobId, '?limit=2&after=0&level=error')).texts).toEqual(['0', '100']);
    expect((await pageOf(jobId, '?level=warn&worker=w-1')).texts).toEqual(['0', '200', '400']);
    expect(await read(client.logs(jobId, { level: 'error', worker: 'w-2' }))).toEqual(['100', '300']);
    expect((await read(client.logs(jobId))).length).toBe(500);
  });

  test('reads every line over several pages', async () => {
    const jobId = await aJob();
    const texts = Array.from({ length: limits.logPageMax + 1 }, (_, at) => String(at));
    await store(texts.map((message) => aLine(jobId, message)));
    expect(await read(client.logs(jobId))).toEqual(texts);
    expect(await read(client.logs(jobId, { after: (await client.logPage(jobId, { limit: 2 })).lines[0]!.id }))).toEqual([
      String(limits.logPageMax),
    ]);
  });

  test('a job without lines has none, one that is not there is 404, and lines stay when the view has left', async () => {
    const [silent, left] = [await aJob(), newJobId()];
    expect(await pageOf(silent)).toMatchObject({ lines: [], prev_cursor: null, next_cursor: null });
    await store([aLine(left, 'still here')]);
    expect((await pageOf(left)).texts).toEqual(['still here']);
    expect(await read(client.logs(left, { follow: true }))).toEqual(['still here']);
    for (const id of [newJobId(), 'no-id', '*'])
      for (const path of [`/v1/jobs/${id}/logs`, `/v1/jobs/${id}/logs/events`])
        expect((await gateway.call(path)).status, path).toBe(404);
  });

  test('refuses one line too many in a page, and what is no id, no level, and both ends at once', async () => {
    const jobId = await aJob();
    expect((await gateway.call(`/v1/jobs/${jobId}/logs?limit=${limits.logPageMax}`)).status).toBe(200);
    for (const [query, status] of [
      [`limit=${limits.logPageMax + 1}`, 400],
      ['after=1&before=9', 400],
      ['after=x', 422],
      ['level=loud', 422],
      ['worker=*', 422],
      ['format=xml', 422],
    ] as const)
      expect((await gateway.call(`/v1/jobs/${jobId}/logs?${query}`)).status, query).toBe(status);
  });
});

describe('GET /v1/jobs/:id/logs/events', () => {
  test('sends what is stored, then each line as it comes, and ends some time after the job, for what came late', async () => {
    const jobId = await aJob();
    await store([aLine(jobId, 'before')]);
    const lines = client.logs(jobId, { follow: true });
    expect((await lines.next()).value).toMatchObject({ message: 'before' });
    await store([aLine(jobId, 'live')]);
    expect((await lines.next()).value).toMatchObject({ message: 'live' });
    await gateway.world.save(aJobView({ job_id: jobId, status: 'completed' }));
    await store([aLine(jobId, 'late')]);
    expect((await lines.next()).value).toMatchObject({ message: 'late' });
    expect((await lines.next()).done).toBe(true);
    expect(followers()).toBe(0);
  });

  test('what was logged long before the reader came is sent from the start, also what no gateway holds', async () => {
    const jobId = await aJob({ status: 'completed' });
    const texts = Array.from({ length: RING_LINES_MAX + 700 }, (_, at) => String(at));
    await store(texts.map((message) => aLine(jobId, message)));
    expect(await read(client.logs(jobId, { follow: true }))).toEqual(texts);
    expect(await read(client.logs(jobId, { follow: true, level: 'warn' }))).toEqual([]);
  });

  test('resumes after the last line that was seen, and answers a client that has seen the end with 204', async () => {
    const jobId = await aJob({ status: 'completed' });
    await store(['1', '2', '3'].map((message) => aLine(jobId, message)));
    const [, second] = (await pageOf(jobId)).lines;
    const path = `/v1/jobs/${jobId}/logs/events`;
    const { text } = await gateway.call(path, { headers: { 'last-event-id': second!.id } });
    expect([...text.matchAll(/"message":"(\d)"/g)].map(([, message]) => message)).toEqual(['3']);
    const done = /^id: (\d+-done)\nevent: done\ndata: \{"status":"completed"\}$/m.exec(text)?.[1];
    expect(done).toBeDefined();
    expect((await gateway.call(`${path}?last_event_id=${done}`)).status).toBe(204);
    expect(text).toMatch(/^retry: 1000\n\n/);
  });

  test('keeps a stream of a job that logs nothing open with heartbeats', async () => {
    const leave = new AbortController();
    const response = await fetch(`${gateway.origin}/v1/jobs/${await aJob()}/logs/events`, { signal: leave.signal });
    let text = '';
    for await (const piece of response.body!) if ((text += new TextDecoder().decode(piece)).includes('heartbeat')) break;
    expect([text, response.headers.get('content-type')]).toEqual([
      'retry: 1000\n\n: heartbeat\n\n',
      'text/event-stream; charset=utf-8',
    ]);
    leave.abort();
    await eventually(() => expect(followers()).toBe(0));
  });

  test('many clients of one job are one reader on the server, which leaves with the last of them', async () => {
    const jobId = await aJob();
    const readersOf = async () => (await gateway.world.broker.manager.streams.info(STREAMS.logs.name)).state.consumer_count;
    const leave = new AbortController();
    const streams = await Promise.all(
      Array.from({ length: 20 }, () => fetch(`${gateway.origin}/v1/jobs/${jobId}/logs/events`, { signal: leave.signal })),
    );
    expect([streams.map(({ status }) => status), followers(), await readersOf()]).toEqual([Array(20).fill(200), 1, 1]);
    leave.abort();
    await eventually(async () => expect([followers(), await readersOf()]).toEqual([0, 0]));
  });

  test('follows the logs of as many jobs as it may, and refuses one more', { timeout: 60_000 }, async () => {
    const leave = new AbortController();
    const open = async () => fetch(`${gateway.origin}/v1/jobs/${await aJob()}/logs/events`, { signal: leave.signal });
    // Held, because a stream that nothing holds is closed when its response is collected as garbage, and one more is let in.
    const streams: Response[] = [];
    for (let count = 0; count < limits.logsFollowedMax; count += 10)
      streams.push(...(await Promise.all(Array.from({ length: 10 }, open))));
    expect(new Set(streams.map(({ status }) => status))).toEqual(new Set([200]));
    const refused = await open();
    expect(refused.status).toBe(503);
    expect(await refused.text()).toContain('The logs of 100 jobs are followed here');
    expect(streams).toHaveLength(limits.logsFollowedMax);
    leave.abort();
    await eventually(() => expect(followers()).toBe(0));
  });
});

describe('topic logs of /ws', () => {
  interface Frame {
    topic: string;
    key: string;
    revision: number;
    value: string;
  }

  async function subscribe(jobId: string): Promise<{ socket: WebSocket; frames: Frame[] }> {
    const socket = new WebSocket(`${gateway.origin.replace('http', 'ws')}/ws`);
    const frames: Frame[] = [];
    socket.on('message', (data) => {
      const text = String(data);
      const end = text.indexOf('\n');
      frames.push({ ...(JSON.parse(text.slice(0, end)) as Omit<Frame, 'value'>), value: text.slice(end + 1) });
    });
    await new Promise((resolve) => socket.on('open', resolve));
    socket.send(JSON.stringify({ do: 'subscribe', topic: 'logs', id: jobId }));
    return { socket, frames };
  }

  test('sends the newest lines, ready, then each line, to every client, in order and none left out', async () => {
    const jobId = await aJob();
    const key = `log.local.${jobId}`;
    const before = Array.from({ length: RING_LINES_MAX + 5 }, (_, at) => aLine(jobId, `before ${at}`));
    await store(before);
    const one = await subscribe(jobId);
    await eventually(() => expect(one.frames.at(-1)).toMatchObject({ topic: 'ready', key }));
    const shown = one.frames.slice(0, -1);
    expect(shown.map(({ value }) => value)).toEqual(before.slice(-RING_LINES_MAX).map((line) => JSON.stringify(line)));
    expect(
      shown.every((frame, at) => frame.topic === 'logs' && frame.key === key && frame.revision > (shown[at - 1]?.revision ?? 0)),
    ).toBe(true);
    const other = await subscribe(jobId);
    await eventually(() => expect(other.frames.at(-1)).toMatchObject({ topic: 'ready', key }));
    const live = Array.from({ length: 300 }, (_, at) => aLine(jobId, `live ${at}`));
    await store(live);
    for (const { frames } of [one, other])
      await eventually(() =>
        expect(frames.slice(frames.findIndex(({ topic }) => topic === 'ready') + 1).map(({ value }) => value)).toEqual(
          live.map((line) => JSON.stringify(line)),
        ),
      );
    await eventually(() => expect(followers()).toBe(1));
    one.socket.send(JSON.stringify({ do: 'unsubscribe', topic: 'logs', id: jobId }));
    other.socket.close();
    await eventually(() => expect(followers()).toBe(0));
    one.socket.close();
  });

  test('a job that is not there is an error, and its lines come once there are some', async () => {
    const jobId = newJobId();
    const { socket, frames } = await subscribe(jobId);
    await eventually(() => expect(frames.map(({ topic }) => topic)).toEqual(['error', 'ready']));
    await store([aLine(jobId, 'first')]);
    await eventually(() =>
      expect(frames.at(-1)).toMatchObject({ topic: 'logs', value: expect.stringContaining('first') as string }),
    );
    socket.close();
  });
});
