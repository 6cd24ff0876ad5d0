import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encode, mailboxSubjects, newJobId } from '@manyhands/proto';
import { aJobView, aKindRegistration, aSubmitJob, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { startFixture, startReadyGateway, type GatewayFixture } from '../../gateway.fixture.ts';

let nats: NatsServer;
let gateway: GatewayFixture;

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startFixture(nats.url, { heartbeatMs: 50 });
  await gateway.world.register(aKindRegistration());
  await eventually(async () => expect((await gateway.call('/v1/jobs')).status).toBe(200));
});

afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

interface Reading {
  status: number;
  headers: Headers;
  /** Everything received so far. */
  text(): string;
  /** Resolves when the gateway ends the stream. */
  ended: Promise<string>;
  leave(): void;
}

async function follow(jobId: string, lastEventId?: string): Promise<Reading> {
  const abort = new AbortController();
  const response = await fetch(`${gateway.origin}/v1/jobs/${jobId}/events`, {
    signal: abort.signal,
    headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
  });
  let received = '';
  const ended = (async () => {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body ?? []) received += decoder.decode(chunk, { stream: true });
    } catch (error) {
      if (!abort.signal.aborted) throw error;
    }
    return received;
  })();
  return { status: response.status, headers: response.headers, text: () => received, ended, leave: () => abort.abort() };
}

function ids(text: string): string[] {
  return [...text.matchAll(/^id: (.+)$/gm)].map(([, id]) => id!);
}

describe('GET /v1/jobs/:id/events', () => {
  test('sends the view now, each newer one with its revision as id, then done, then ends', async () => {
    const view = aJobView({ job_id: newJobId() });
    const first = await gateway.world.save(view);
    const reading = await follow(view.job_id);
    expect(reading.status).toBe(200);
    expect(reading.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(reading.headers.get('cache-control')).toContain('no-transform');
    expect(reading.headers.get('x-accel-buffering')).toBe('no');
    expect(reading.headers.get('content-security-policy')).toContain("default-src 'self'");
    await eventually(() => expect(ids(reading.text())).toEqual([String(first)]));
    const second = await gateway.world.save({ ...view, status: 'running' });
    await eventually(() => expect(ids(reading.text())).toContain(String(second)));
    const last = await gateway.world.save({ ...view, status: 'completed', result: 42 });
    const text = await reading.ended;
    expect(ids(text)).toEqual([first, second, last, `${last}-done`].map(String));
    expect(text).toContain(
      `id: ${last}\nevent: status\ndata: ${JSON.stringify({ ...view, status: 'completed', result: 42 })}\n\n`,
    );
    expect(text.endsWith(`event: done\ndata: {"status":"completed"}\n\n`)).toBe(true);
  });

  test('follows a job from before any coordinator has picked it up', async () => {
    const { job_id: jobId } = (await gateway.post({ n: 100 })).json as { job_id: string };
    const reading = await follow(jobId);
    await eventually(() => expect(reading.text()).toContain('"status":"pending"'));
    await gateway.world.save(aJobView({ job_id: jobId, status: 'cancelled' }));
    expect(await reading.ended).toMatch(/id: 0\nevent: status\n[\s\S]*"status":"cancelled"[\s\S]*event: done/);
  });

  test('resumes after the last event the client has seen, without sending it again', async () => {
    const view = aJobView({ job_id: newJobId(), status: 'running' });
    const first = await gateway.world.save(view);
    const reading = await follow(view.job_id, String(first));
    await eventually(() => expect(reading.text()).toContain(': heartbeat'));
    expect(ids(reading.text())).toEqual([]);
    const last = await gateway.world.save({ ...view, status: 'failed' });
    expect(ids(await reading.ended)).toEqual([String(last), `${last}-done`]);
  });

  test('sends what a client missed while it was gone, at once', async () => {
    const view = aJobView({ job_id: newJobId(), status: 'running' });
    const seen = await gateway.world.save(view);
    await gateway.world.save({ ...view, progress: 0.5 });
    const newest = await gateway.world.save({ ...view, progress: 0.75 });
    const reading = await follow(view.job_id, String(seen));
    await eventually(() => expect(ids(reading.text())).toEqual([String(newest)]));
    reading.leave();
  });

  test('sends only done to a client that lost only done, and tells one that has it to stay away', async () => {
    const view = aJobView({ job_id: newJobId(), status: 'completed' });
    const last = await gateway.world.save(view);
    expect(ids(await (await follow(view.job_id, String(last))).ended)).toEqual([`${last}-done`]);
    expect((await follow(view.job_id, `${last}-done`)).status).toBe(204);
  });

  test.each(['garbage', '-1', '99999999', '1e3'])(
    'starts from the newest state for the last id "%s", which it never gave',
    async (id) => {
      const view = aJobView({ job_id: newJobId(), status: 'completed' });
      const last = await gateway.world.save(view);
      expect(ids(await (await follow(view.job_id, id)).ended)).toEqual([String(last), `${last}-done`]);
    },
  );

  test('is 404 for an unknown job', async () => {
    expect(await gateway.call(`/v1/jobs/${newJobId()}/events`)).toMatchObject({
      status: 404,
      json: { detail: 'Job not found.' },
    });
  });

  test('a client that speaks HTTP/1.0 gets the events as they are, until the connection closes', async () => {
    const view = aJobView({ job_id: newJobId(), status: 'completed' });
    const last = await gateway.world.save(view);
    const socket = connect(Number(new URL(gateway.origin).port), '127.0.0.1');
    socket.write(`GET /v1/jobs/${view.job_id}/events HTTP/1.0\r\n\r\n`);
    const [head, body] = (await socket.setEncoding('utf8').toArray()).join('').split('\r\n\r\n');
    expect(head).not.toMatch(/transfer-encoding/i);
    expect(body).toBe(
      `retry: 1000\n\nid: ${last}\nevent: status\ndata: ${JSON.stringify(view)}\n\nid: ${last}-done\nevent: done\ndata: {"status":"completed"}\n\n`,
    );
  });

  test('refuses more streams than its limit', async () => {
    const small = await startReadyGateway(nats.url, { clientsMax: 1 });
    const view = aJobView({ job_id: newJobId(), status: 'running' });
    await gateway.world.save(view);
    const leave = new AbortController();
    const ask = (): Promise<Response> => fetch(`${small.origin}/v1/jobs/${view.job_id}/events`, { signal: leave.signal });
    expect((await ask()).status).toBe(200);
    const refused = await ask();
    expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toEqual([
      503,
      '5',
      { detail: 'Too many event streams are open here; try again in a moment.' },
    ]);
    leave.abort();
    await eventually(async () =>
      expect(await (await fetch(`${small.origin}/metrics`)).text()).toMatch(/manyhands_watchers\{transport="sse",.*\} 0/),
    );
    await small.app.close();
  });

  test('a client that leaves leaves nothing behind', async () => {
    const view = aJobView({ job_id: newJobId(), status: 'running' });
    await gateway.world.save(view);
    const readings = await Promise.all([follow(view.job_id), follow(view.job_id)]);
    await eventually(async () =>
      expect((await gateway.call('/metrics')).text).toMatch(/manyhands_watchers\{transport="sse",.*\} 2/),
    );
    for (const reading of readings) reading.leave();
    await eventually(async () =>
      expect((await gateway.call('/metrics')).text).toMatch(/manyhands_watchers\{transport="sse",.*\} 0/),
    );
  });

  test('a client that never reads is cut', async () => {
    const strict = await startReadyGateway(nats.url, { stuckMs: 300 });
    const view = aJobView({ job_id: newJobId(), status: 'running' });
    await gateway.world.save(view);
    const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
      request(`${strict.origin}/v1/jobs/${view.job_id}/events`, resolve).on('error', reject).end();
    });
    response.pause();
    await eventually(async () => {
      await gateway.world.save({ ...view, detail: 'x'.repeat(500_000) });
      expect(await (await fetch(`${strict.origin}/metrics`)).text()).toMatch(
        /manyhands_watchers_cut_total\{transport="sse",.*\} 1/,
      );
    });
    await expect(response.toArray()).rejects.toThrow();
    await strict.app.close();
  });

  test('a client that does not read gets the newest state when it reads again, not a queue', async () => {
    const view = aJobView({ job_id: newJobId(), status: 'running' });
    await gateway.world.save(view);
    const padding = 'x'.repeat(200_000);
    const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
      request(`${gateway.origin}/v1/jobs/${view.job_id}/events`, resolve).on('error', reject).end();
    });
    response.pause();
    const changes = 150;
    for (let change = 1; change <= changes; change += 1)
      await gateway.world.save({ ...view, detail: padding, completed_chunks: change });
    await gateway.world.save({ ...view, status: 'completed' });
    await eventually(async () => expect((await gateway.call(`/v1/jobs?limit=1`)).text).toContain('"status":"completed"'));
    let text = '';
    for await (const chunk of response) text += String(chunk);
    expect(ids(text).length).toBeLessThan(changes);
    expect(text).toMatch(/"status":"completed"[\s\S]*event: done/);
  });
});

// Seen: the stream sent the old `failed` and `done`, and ended, although the job was about to run again.
test('a job that was requeued is followed into its new round, by who comes before it is taken up and by who is there', async () => {
  const submit = aSubmitJob();
  await gateway.world.outbox.publishAll([{ subject: mailboxSubjects.submit(submit.job_id), data: encode(submit) }]);
  const failed = aJobView({ job_id: submit.job_id, status: 'failed', failed_chunks: 1 });
  const revision = await gateway.world.save(failed);
  await (
    await follow(submit.job_id)
  ).ended;
  expect((await gateway.call(`/v1/jobs/${submit.job_id}/requeue`, { method: 'POST' })).status).toBe(202);
  const [fresh, resumed] = [await follow(submit.job_id), await follow(submit.job_id, `${revision}-done`)];
  await eventually(() => expect(fresh.text()).toContain('"status":"running"'));
  const last = await gateway.world.save({ ...failed, status: 'completed', round: 1 });
  for (const [name, reading] of Object.entries({ fresh, resumed })) {
    const text = await reading.ended;
    expect(text, name).not.toContain('"status":"failed"');
    expect(ids(text).slice(-2), name).toEqual([String(last), `${last}-done`]);
  }
});
