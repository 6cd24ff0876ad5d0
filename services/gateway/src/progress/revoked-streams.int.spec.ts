/** Streams and downloads on one gateway end in time when what they were opened with is revoked on another one: with accounts as they are, and each way in which it is revoked. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { putFileRecord, storeObject } from '@manyhands/broker';
import { newJobId, type Answer } from '@manyhands/proto';
import { aJobView, aKindRegistration, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { PASSWORD, startAccounts, type AccountsFixture } from '../accounts/accounts.fixture.ts';
import { Downloads } from '../results/downloads.ts';
import { SIGNED_OUT_CODE } from './websocket/bridge.ts';

/** What is promised. */
const endsWithinMs = 5_000;

type Client = Awaited<ReturnType<AccountsFixture['register']>>;

let nats: NatsServer;
let gateway: AccountsFixture;
let other: AccountsFixture;

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startAccounts(nats.url);
  other = await startAccounts(nats.url);
  await gateway.world.register(aKindRegistration());
});
afterAll(async () => {
  await other?.stop();
  await gateway?.stop();
  await nats?.stop();
});

/** A WebSocket and an event stream of a job, on the first gateway. */
async function openBoth(client: Client, token: string) {
  const view = aJobView({ job_id: newJobId(), tenant: client.user.user_id, status: 'running' });
  await gateway.world.save(view);
  const path = `/v1/jobs/${view.job_id}/events`;
  await eventually(async () => expect((await gateway.send(`/v1/jobs/${view.job_id}`, { token })).status).toBe(200));
  const { ticket } = (await gateway.send('/v1/auth/ticket', { method: 'POST', token })).json as Answer<'Ticket'>;
  const socket = new WebSocket(`${gateway.origin.replace('http', 'ws')}/ws?ticket=${ticket}`);
  const frames: string[] = [];
  socket.on('message', (data) => frames.push(String(data)));
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
  socket.send(JSON.stringify({ do: 'subscribe', topic: 'job', id: view.job_id }));
  const events = await fetch(gateway.origin + path, { headers: { authorization: `Bearer ${token}` } });
  expect(events.status).toBe(200);
  await eventually(() => expect(frames.join()).toContain('"ready"'));
  return { closed, ended: events.text(), isOpen: () => socket.readyState === socket.OPEN, socket };
}

/** How something is revoked: what the stream is opened with, and what is done on the other gateway. */
const WAYS: Record<string, (client: Client) => Promise<{ token: string; endsMs?: number; revoke: () => Promise<unknown> }>> = {
  'the session is signed out': async (client) => ({
    token: client.token,
    revoke: () => other.send('/v1/auth/logout', { method: 'POST', cookie: client.cookie, token: client.token }),
  }),
  'the account is signed out everywhere': async (client) => ({
    token: (await gateway.login(client.email)).token,
    revoke: () => other.send('/v1/auth/logout-everywhere', { method: 'POST', token: client.token }),
  }),
  'the password is changed in another session': async (client) => ({
    token: (await gateway.login(client.email)).token,
    revoke: () =>
      other.send('/v1/auth/password', {
        method: 'POST',
        token: client.token,
        body: { old_password: PASSWORD, new_password: `${PASSWORD} again` },
      }),
  }),
  'the key is revoked': async (client) => {
    const { key, key_id: id } = await gateway.keyOf(client);
    return { token: key, revoke: () => other.send(`/v1/keys/${id}`, { method: 'DELETE', token: client.token }) };
  },
  'the key expires': async (client) => {
    const endsMs = Date.now() + 6_000;
    const { key } = await gateway.keyOf(client, { name: 'brief', expires_at: new Date(endsMs).toISOString() });
    return { token: key, endsMs, revoke: () => Promise.resolve({ status: 204 }) };
  },
  'the account is disabled': async (client) => {
    const admin = await gateway.admin();
    return {
      token: client.token,
      revoke: () => other.send(`/v1/users/${client.user.user_id}/disable`, { method: 'POST', token: admin.token }),
    };
  },
  'the role is another one': async (client) => {
    const admin = await gateway.admin();
    const path = `/v1/users/${client.user.user_id}/role`;
    return {
      token: client.token,
      revoke: () => other.send(path, { method: 'POST', token: admin.token, body: { role: 'admin' } }),
    };
  },
};

test.each(Object.entries(WAYS))('%s: its streams end within five seconds, and no other', async (_way, open) => {
  const client = await gateway.register();
  const stranger = await gateway.register();
  const { token, endsMs = 0, revoke } = await open(client);
  const streams = await openBoth(client, token);
  const stays = await openBoth(stranger, stranger.token);
  expect(((await revoke()) as { status: number }).status).toBeLessThan(300);
  const revokedMs = Math.max(Date.now(), endsMs);
  expect(await streams.closed).toBe(SIGNED_OUT_CODE);
  expect(await streams.ended).not.toContain('event: done');
  expect(Date.now() - revokedMs).toBeLessThan(endsWithinMs);
  expect(stays.isOpen()).toBe(true);
  stays.socket.terminate();
});

/** A file that no connection holds all of, of a job of this client. */
async function aLargeFile(client: Client): Promise<string> {
  const tenant = client.user.user_id;
  const view = aJobView({ job_id: newJobId(), tenant, status: 'running' });
  await gateway.world.save(view);
  const bytes = Buffer.alloc(24 * 1024 ** 2, 7);
  const stored = { tenant, owner: view.job_id, name: 'f-0-large' };
  await storeObject(gateway.world.broker, stored, bytes);
  await putFileRecord(gateway.world.broker, {
    v: 1,
    type: 'FileRecord',
    job_id: view.job_id,
    tenant,
    chunk: 0,
    name: '0-large',
    media_type: 'application/octet-stream',
    stored: { name: stored.name, from: 0, bytes: bytes.length },
  });
  return `/v1/jobs/${view.job_id}/files/0-large`;
}

test('a download that is under way is cut within five seconds when its key is revoked, and one of another key goes on', async () => {
  const client = await gateway.register();
  const path = await aLargeFile(client);
  const [revoked, kept] = [await gateway.keyOf(client), await gateway.keyOf(client)];
  const answers = await Promise.all(
    [revoked, kept].map(async ({ key }) => {
      const asking = () => fetch(gateway.origin + path, { headers: { authorization: `Bearer ${key}` } });
      return eventually(async () => {
        const answer = await asking();
        expect(answer.status).toBe(200);
        return answer;
      });
    }),
  );
  const downloads = gateway.app.get(Downloads);
  expect(downloads.open).toBe(2);
  const revokedMs = Date.now();
  const { status } = await other.send(`/v1/keys/${revoked.key_id}`, { method: 'DELETE', token: client.token });
  expect(status).toBe(204);
  await eventually(() => expect(downloads.open).toBe(1));
  expect(Date.now() - revokedMs).toBeLessThan(endsWithinMs);
  await expect(answers[0]!.arrayBuffer()).rejects.toThrow(/terminated/);
  expect((await answers[1]!.arrayBuffer()).byteLength).toBe(24 * 1024 ** 2);
});
