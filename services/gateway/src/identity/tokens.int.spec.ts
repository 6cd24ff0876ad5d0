/** What is no good credential is refused with 401, by whatever it differs from a good one. */
import { createHmac } from 'node:crypto';
import { lastStored } from '@manyhands/broker';
import { decode, encode, keys, limits, newJobId, scheduleSubjects, type Answer } from '@manyhands/proto';
import { aKindRegistration, aSchedule, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { EncryptJWT, exportSPKI, generateKeyPair, importJWK, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { startAccounts, type AccountsFixture } from '../accounts/accounts.fixture.ts';
import { Identification } from './identification.ts';
import { IdentityRecord, type ApiKey, type SigningKey } from './records.ts';
import { newName } from './secrets.ts';

let nats: NatsServer;
let gateway: AccountsFixture;
/** Another gateway of the same system. */
let other: AccountsFixture;
let signing: SigningKey;
let userId: string;
let sessionId: string;
let good: string;

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startAccounts(nats.url);
  other = await startAccounts(nats.url);
  const client = await gateway.register();
  good = client.token;
  userId = client.user.user_id;
  sessionId = (JSON.parse(Buffer.from(good.split('.')[1]!, 'base64url').toString()) as { sid: string }).sid;
  signing = (await records()).find((record) => record.type === 'SigningKey') as SigningKey;
});
afterAll(async () => {
  await other?.stop();
  await gateway?.stop();
  await nats?.stop();
});

async function records(): Promise<IdentityRecord[]> {
  const entries = await (await gateway.world.bucket('identity')).entries();
  return entries.map(({ value }) => decode(IdentityRecord, value!));
}

const nowSec = () => Math.floor(Date.now() / 1_000);
const claims = (): JWTPayload => ({
  sub: userId,
  sid: sessionId,
  iss: 'manyhands',
  aud: 'manyhands',
  iat: nowSec(),
  exp: nowSec() + 600,
});
/** Signed with the real key. */
async function signed(changed: JWTPayload = {}, header: object = {}): Promise<string> {
  const payload = Object.fromEntries(Object.entries({ ...claims(), ...changed }).filter(([, value]) => value !== undefined));
  const head = { alg: 'EdDSA', typ: 'at+jwt', kid: signing.key_id, ...header };
  return new SignJWT(payload).setProtectedHeader(head).sign(await importJWK(signing.jwk, 'EdDSA'));
}
const text = (part: object | string) => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

/** Tokens that are not good, by what is wrong with them. */
const bad: Record<string, () => string | Promise<string>> = {
  'no signature, alg none': () => new UnsecuredJWT(claims()).encode(),
  'alg none with the head of a good one': () =>
    `${text({ alg: 'none', typ: 'at+jwt', kid: signing.key_id })}.${good.split('.')[1]}.`,
  'alg None, in capitals': () => `${text({ alg: 'None', typ: 'at+jwt', kid: signing.key_id })}.${good.split('.')[1]}.`,
  'HS256 with the public key as the secret': async () => {
    const { d: _, ...shown } = signing.jwk;
    const secret = await exportSPKI((await importJWK(shown, 'EdDSA', { extractable: true })) as never);
    const content = `${text({ alg: 'HS256', typ: 'at+jwt', kid: signing.key_id })}.${text(claims())}`;
    return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
  },
  'HS256 with the raw public key as the secret': () => {
    const content = `${text({ alg: 'HS256', typ: 'at+jwt', kid: signing.key_id })}.${text(claims())}`;
    return `${content}.${createHmac('sha256', Buffer.from(signing.jwk.x, 'base64url')).update(content).digest('base64url')}`;
  },
  'signed by another key under our kid': async () => {
    const { privateKey } = await generateKeyPair('EdDSA');
    return new SignJWT(claims()).setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: signing.key_id }).sign(privateKey);
  },
  'signed by a key that it brings along': async () => {
    const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
    const head = { alg: 'EdDSA', typ: 'at+jwt', kid: signing.key_id, jwk: { kty: 'OKP', crv: 'Ed25519', x: signing.jwk.x } };
    return new SignJWT(claims()).setProtectedHeader(head).sign(privateKey);
  },
  ES256: async () => {
    const { privateKey } = await generateKeyPair('ES256');
    return new SignJWT(claims()).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: signing.key_id }).sign(privateKey);
  },
  'no kid': () => signed({}, { kid: undefined }),
  'a kid that is not known': () => signed({}, { kid: '0'.repeat(32) }),
  'a kid that is a path': () => signed({}, { kid: '../../etc/passwd' }),
  'a kid with a wildcard': () => signed({}, { kid: '*' }),
  'a kid that is an address': () => signed({}, { kid: 'https://evil.example/key' }),
  'no type': () => signed({}, { typ: undefined }),
  'the type of other tokens': () => signed({}, { typ: 'JWT' }),
  'a critical header that is not known': async () => {
    const [, payload, signature] = (await signed()).split('.');
    return `${text({ alg: 'EdDSA', typ: 'at+jwt', kid: signing.key_id, crit: ['x'], x: 1 })}.${payload}.${signature}`;
  },
  'another issuer': () => signed({ iss: 'https://evil.example' }),
  'no issuer': () => signed({ iss: undefined }),
  'another audience': () => signed({ aud: 'other' }),
  'no audience': () => signed({ aud: undefined }),
  'expired a second beyond the tolerance of clocks': () => signed({ iat: nowSec() - 600, exp: nowSec() - 6 }),
  'no expiry': () => signed({ exp: undefined }),
  'an expiry that is a text': () => signed({ exp: 'tomorrow' as never }),
  'not good yet': () => signed({ nbf: nowSec() + 60 }),
  'issued in the future': () => signed({ iat: nowSec() + 60 }),
  'issued long ago, with a long life': () => signed({ iat: nowSec() - 3_600, exp: nowSec() + 3_600 }),
  'no subject': () => signed({ sub: undefined }),
  'the subject of another account': () => signed({ sub: '019a0000-0000-7000-8000-000000000000' }),
  'a subject with a wildcard': () => signed({ sub: '*' }),
  'no session': () => signed({ sid: undefined }),
  'a session that is not there': () => signed({ sid: '0'.repeat(32) }),
  'a session with a wildcard': () => signed({ sid: '*' }),
  'another payload under a good signature': () => {
    const [head, , signature] = good.split('.');
    return `${head}.${text({ ...claims(), sub: '019a0000-0000-7000-8000-000000000000' })}.${signature}`;
  },
  'another session under the last of two claims': async () => {
    const [head, , signature] = good.split('.');
    return `${head}.${text(`{"sub":"${userId}","sub":"x","sid":"${sessionId}","exp":${nowSec() + 60}}`)}.${signature}`;
  },
  'no signature at all': () => good.split('.').slice(0, 2).join('.'),
  'an empty signature': () => `${good.split('.').slice(0, 2).join('.')}.`,
  'a signature that is cut': () => good.slice(0, -4),
  'one letter of the signature changed': () => `${good.slice(0, -10)}${good.at(-10) === 'A' ? 'B' : 'A'}${good.slice(-9)}`,
  encrypted: async () => new EncryptJWT(claims()).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(new Uint8Array(32)),
  'a payload that is no JSON': () => `${good.split('.')[0]}.${text('{')}.${good.split('.')[2]}`,
  'a long one': () => `${good}${'A'.repeat(10_000)}`,
  'no token': () => 'x',
  'only dots': () => '..',
  'an API key that is not there': () => `mh_${'0'.repeat(16)}_${'A'.repeat(43)}`,
  'an API key with a wildcard for an id': () => `mh_*_${'A'.repeat(43)}`,
  'an API key without a secret': () => `mh_${'0'.repeat(16)}_`,
  'a refresh token': () => `${sessionId}.${'A'.repeat(43)}`,
};

test('a good token is taken, so the others fail by what is wrong with them', async () => {
  for (const token of [good, await signed(), await signed({ iat: nowSec() - 600, exp: nowSec() - 2 })])
    expect((await gateway.send('/v1/me', { token })).status).toBe(200);
  expect(Object.keys(bad).length).toBeGreaterThan(25);
});

test.each(Object.keys(bad))('a token with %s is refused with 401', async (name) => {
  const token = await bad[name]!();
  for (const path of ['/v1/me', '/v1/jobs', '/v1/users']) {
    const { status, headers } = await gateway.send(path, { token });
    expect(status, path).toBe(401);
    expect(headers.get('www-authenticate')).toBe('Bearer');
  }
});

/** Of a WebSocket that is asked for with a token, on the other gateway; 101: it was opened. */
function statusOfWish(token: string): Promise<number> {
  const socket = new WebSocket(`${other.origin.replace('http', 'ws')}/ws`, { headers: { authorization: `Bearer ${token}` } });
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.on('unexpected-response', (_request, answer) => resolve(answer.resume().statusCode ?? 0));
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
  });
}

test('each of them opens no WebSocket and no event stream, on another gateway too; a good one does', async () => {
  const follow = async (token: string) => (await other.send(`/v1/jobs/${newJobId()}/events`, { token })).status;
  for (const [name, make] of Object.entries(bad)) {
    const token = await make();
    expect([await statusOfWish(token), await follow(token)], name).toEqual([401, 401]);
  }
  expect([await statusOfWish(good), await follow(good)]).toEqual([101, 404]);
});

test.each(['', 'Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a b', 'Token x', 'bearer'])(
  'Authorization "%s" is refused with 401',
  async (authorization) => {
    expect((await gateway.call('/v1/me', { headers: { authorization } })).status).toBe(401);
  },
);

describe('an API key', () => {
  test('is good on every gateway, and for its scopes only', async () => {
    const client = await gateway.register();
    const { key, key_id: id, prefix } = await gateway.keyOf(client, { name: 'reader', scopes: ['read'] });
    expect(prefix).toBe(`mh_${id}`);
    expect(key.startsWith(`${prefix}_`)).toBe(true);
    for (const each of [gateway, other]) {
      expect(await each.send('/v1/me', { token: key })).toMatchObject({ status: 200, json: { user_id: client.user.user_id } });
      expect((await each.send('/v1/jobs', { method: 'POST', token: key, body: { n: 1 } })).status).toBe(403);
      expect((await each.send('/v1/users', { token: key })).status).toBe(403);
    }
  });

  test('whose secret is another one is refused, and so is that of another key', async () => {
    const client = await gateway.register();
    const one = await gateway.keyOf(client);
    const two = await gateway.keyOf(client);
    const token = `${one.prefix}_${two.key.slice(two.prefix.length + 1)}`;
    expect((await gateway.send('/v1/me', { token })).status).toBe(401);
  });

  test('may make no key, revoke no other, change no password and end no session', async () => {
    const client = await gateway.register();
    const { key_id: second } = await gateway.keyOf(client);
    const { key } = await gateway.keyOf(client, { name: 'all', scopes: ['read', 'write', 'admin'] });
    for (const [method, path, body] of [
      ['POST', '/v1/keys', { name: 'child' }],
      ['DELETE', `/v1/keys/${second}`],
      ['POST', '/v1/auth/password', { old_password: 'x', new_password: 'a long enough password' }],
      ['POST', '/v1/auth/logout-everywhere'],
      ['GET', '/v1/me/sessions'],
    ] as const)
      expect((await gateway.send(path, { method, body, token: key })).status, path).toBe(403);
  });

  test('is listed without itself, states when it was used, and is refused once it is revoked, everywhere', async () => {
    const client = await gateway.register();
    const { key, key_id: id, ...view } = await gateway.keyOf(client, { name: 'nightly' });
    expect((await other.send('/v1/me', { token: key })).status).toBe(200);
    await eventually(async () => {
      const { keys: listed } = (await client.call('/v1/keys')).json as Answer<'KeyList'>;
      expect(listed).toEqual([{ key_id: id, ...view, last_used_at: expect.any(String) as string }]);
      expect(JSON.stringify(listed)).not.toContain(key.slice(-43));
    });
    const stranger = await gateway.register();
    expect((await stranger.call(`/v1/keys/${id}`, { method: 'DELETE' })).status).toBe(404);
    expect((await client.call(`/v1/keys/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await gateway.send('/v1/me', { token: key })).status).toBe(401);
    await refusedWithin5s(() => other.send('/v1/me', { token: key }));
    expect((await client.call(`/v1/keys/${id}`, { method: 'DELETE' })).status).toBe(404);
  });

  // Seen: all of them were made, since each looked before any was written.
  test('is one of as many as an account may have, also where many are asked for at the same time', async () => {
    const client = await gateway.register();
    const { key_id: id } = await gateway.keyOf(client);
    const record = (await records()).find((one) => one.type === 'ApiKey' && one.key_id === id) as ApiKey;
    const bucket = await gateway.world.bucket('identity');
    const add = (name: string) => bucket.put(keys.apiKey(name), encode({ ...record, key_id: name }));
    await Promise.all(Array.from({ length: limits.keysMax - 4 }, () => add(newName(8))));
    const body = { name: 'many' };
    const answers = await Promise.all(Array.from({ length: 8 }, () => client.call('/v1/keys', { method: 'POST', body })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(5);
    expect(((await client.call('/v1/keys')).json as Answer<'KeyList'>).keys).toHaveLength(limits.keysMax);
  });

  test('ends by itself', async () => {
    const client = await gateway.register();
    const until = Date.now() + 1_500;
    const { key } = await gateway.keyOf(client, { name: 'short', expires_at: new Date(until).toISOString() });
    expect((await gateway.send('/v1/me', { token: key })).status).toBe(200);
    await eventually(async () => expect((await gateway.send('/v1/me', { token: key })).status).toBe(401));
    expect(Date.now()).toBeGreaterThanOrEqual(until);
  });

  test.each([
    [{}, 422],
    [{ name: 'x', scopes: [] }, 422],
    [{ name: 'x', scopes: ['root'] }, 422],
    [{ name: 'x', scopes: 'read' }, 422],
    [{ name: 'x', expires_at: 'tomorrow' }, 422],
    [{ name: 'x', expires_at: '2020-01-01T00:00:00Z' }, 400],
    [{ name: 'x', expires_at: '2199-01-01T00:00:00Z' }, 400],
    [{ name: 'a'.repeat(101) }, 422],
  ])('asked for with %j is refused with %i', async (body, status) => {
    const client = await gateway.register();
    expect((await client.call('/v1/keys', { method: 'POST', body })).status).toBe(status);
  });
});

describe('an administrator', () => {
  test('lists accounts, disables and enables them, and changes roles: seen by every gateway', async () => {
    const admin = await gateway.admin();
    const client = await gateway.register();
    const { key } = await gateway.keyOf(client);
    const id = client.user.user_id;
    const { users } = (await admin.call('/v1/users?limit=2')).json as Answer<'AccountPage'>;
    expect(users.map((user) => user.user_id)).toEqual([id, admin.user.user_id]);
    expect(await client.call('/v1/users')).toMatchObject({ status: 403 });

    expect(await admin.call(`/v1/users/${id}/role`, { method: 'POST', body: { role: 'admin' } })).toMatchObject({
      status: 200,
      json: { role: 'admin' },
    });
    expect((await client.call('/v1/users')).status).toBe(200);
    expect((await admin.call(`/v1/users/${id}/role`, { method: 'POST', body: { role: 'king' } })).status).toBe(422);
    await admin.call(`/v1/users/${id}/role`, { method: 'POST', body: { role: 'user' } });
    expect((await client.call('/v1/users')).status).toBe(403);

    expect(await admin.call(`/v1/users/${id}/disable`, { method: 'POST' })).toMatchObject({ status: 200 });
    for (const token of [client.token, key]) await refusedWithin5s(() => other.send('/v1/me', { token }));
    expect((await client.refresh()).status).toBe(401);
    await expect(gateway.login(client.email)).rejects.toThrow('401');
    expect(await admin.call(`/v1/users/${id}/enable`, { method: 'POST' })).toMatchObject({ json: { disabled_at: null } });
    expect((await gateway.send('/v1/me', { token: key })).status).toBe(200);
    expect((await client.call('/v1/me')).status).toBe(401);
  });

  // Seen: the schedules of an account that was disabled went on.
  test('halts the schedules of an account that it disables, and lets them go on', async () => {
    const [admin, client] = [await gateway.admin(), await gateway.register()];
    const { user_id: id } = client.user;
    await gateway.world.register(aKindRegistration());
    await eventually(async () =>
      expect((await client.call('/v1/kinds')).json).toMatchObject({ kinds: [expect.objectContaining({ kind: 'sum' })] }),
    );
    const made = async (timing: object): Promise<string> =>
      ((await client.call('/v1/jobs', { method: 'POST', body: { n: 10, ...timing } })).json as { schedule_id: string })
        .schedule_id;
    const ids = [await made({ cron: '0 6 * * *' }), await made({ run_at: new Date(Date.now() + 3_600_000).toISOString() })];
    // The server has made it due, and no coordinator has made its job.
    const due = aSchedule({ tenant: id, cron: null, time_zone: null, run_at: new Date(Date.now() - 1_000).toISOString() });
    const dueSubject = scheduleSubjects.due(id, due.schedule_id);
    await gateway.world.broker.jetstream.publish(dueSubject, encode(due));
    ids.push(due.schedule_id);
    const order = (what: string) => admin.call(`/v1/users/${id}/${what}`, { method: 'POST' });
    const haltedOf = async (): Promise<(string | undefined)[]> => {
      const { schedules } = (await admin.call('/v1/schedules?tenant=*&limit=200')).json as Answer<'SchedulePage'>;
      return ids.map((one) => schedules.find(({ schedule_id: known }) => known === one)!.halted);
    };
    const stored = () => lastStored(gateway.world.broker, 'schedules', dueSubject);
    expect(await haltedOf()).toEqual([undefined, undefined, undefined]);

    const before = (await stored())!.sequence;
    expect((await order('disable')).status).toBe(200);
    expect(await haltedOf()).toEqual(Array(3).fill(expect.stringContaining('is disabled')));
    expect((await admin.call(`/v1/schedules/${ids[0]}?tenant=${id}`)).json).toMatchObject({
      status: 'scheduled',
      next_run_at: null,
      halted: expect.stringContaining('is disabled'),
    });
    expect((await stored())!.sequence).toBe(before);

    expect((await order('enable')).status).toBe(200);
    expect(await haltedOf()).toEqual([undefined, undefined, undefined]);
    expect((await stored())!.sequence, 'due again').toBeGreaterThan(before);
  });

  // Seen: both orders were carried out, and nobody was left to take them back.
  test.each([
    ['role', { role: 'user' }],
    ['disable', {}],
  ])('is left where two order %s of each other at the same time', async (order, body) => {
    for (let round = 0; round < 3; round += 1) {
      const [one, two] = await Promise.all([gateway.admin(), gateway.admin()]);
      const answers = await Promise.all([
        one.call(`/v1/users/${two.user.user_id}/${order}`, { method: 'POST', body }),
        two.call(`/v1/users/${one.user.user_id}/${order}`, { method: 'POST', body }),
      ]);
      const left = (await records()).filter(
        (record) =>
          record.type === 'User' &&
          [one.user.user_id, two.user.user_id].includes(record.user_id) &&
          record.role === 'admin' &&
          record.disabled_at === null,
      );
      expect(left.length, answers.map(({ text }) => text).join()).toBeGreaterThan(0);
    }
  });

  test('cannot lock itself out, nor name what is no account', async () => {
    const admin = await gateway.admin();
    const id = admin.user.user_id;
    expect((await admin.call(`/v1/users/${id}/disable`, { method: 'POST' })).status).toBe(409);
    expect((await admin.call(`/v1/users/${id}/role`, { method: 'POST', body: { role: 'user' } })).status).toBe(409);
    for (const none of ['*', 'x', '019a0000-0000-7000-8000-000000000000', '%2A', 'user.*'])
      expect((await admin.call(`/v1/users/${none}/enable`, { method: 'POST' })).status, none).toBe(404);
  });
});

describe('a ticket', () => {
  test('stands for its caller once, on any gateway', async () => {
    const client = await gateway.register();
    const answer = await client.call('/v1/auth/ticket', { method: 'POST' });
    expect(answer).toMatchObject({ status: 200, json: { expires_in: 30 } });
    const { ticket } = answer.json as Answer<'Ticket'>;
    const caller = await other.app.get(Identification).redeem(ticket);
    expect(caller).toMatchObject({ tenant: client.user.user_id, by: 'session', role: 'user' });
    for (const each of [gateway, other])
      await expect(each.app.get(Identification).redeem(ticket)).rejects.toMatchObject({ status: 401 });
  });

  test('asked for at once ten times is good once', async () => {
    const client = await gateway.register();
    const { ticket } = (await client.call('/v1/auth/ticket', { method: 'POST' })).json as Answer<'Ticket'>;
    const redeemed = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) => (index % 2 ? gateway : other).app.get(Identification).redeem(ticket)),
    );
    expect(redeemed.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('of a key has the scopes of the key, and is not good once the key is revoked', async () => {
    const client = await gateway.register();
    const { key, key_id: id } = await gateway.keyOf(client, { name: 'reader', scopes: ['read'] });
    const ticketOf = async () =>
      ((await gateway.send('/v1/auth/ticket', { method: 'POST', token: key })).json as Answer<'Ticket'>).ticket;
    const identification = gateway.app.get(Identification);
    const caller = await identification.redeem(await ticketOf());
    expect(caller).toMatchObject({ by: 'key', scopes: ['read'], credentialId: id });
    expect(identification.isGood(caller)).toBe(true);
    const late = await ticketOf();
    await client.call(`/v1/keys/${id}`, { method: 'DELETE' });
    await expect(identification.redeem(late)).rejects.toMatchObject({ status: 401 });
    expect(identification.isGood(caller)).toBe(false);
  });
});

test('a session that ends on one gateway is refused by the other within 5 seconds', async () => {
  const client = await gateway.register();
  expect((await other.send('/v1/me', { token: client.token })).status).toBe(200);
  await client.call('/v1/auth/logout-everywhere', { method: 'POST' });
  await refusedWithin5s(() => other.send('/v1/me', { token: client.token }));
});

test('nothing that is stored is a secret that was given out', async () => {
  const client = await gateway.register();
  const { key } = await gateway.keyOf(client);
  const { ticket } = (await client.call('/v1/auth/ticket', { method: 'POST' })).json as Answer<'Ticket'>;
  const stored = JSON.stringify(await records());
  for (const secret of [client.token, client.token.split('.')[2]!, client.cookie.split('.')[1]!, key.slice(-43), ticket])
    expect(stored).not.toContain(secret);
  expect(stored).not.toContain('correct horse');
  expect(stored).toContain('$argon2id$v=19$m=19456,t=2,p=1$');
});

async function refusedWithin5s(ask: () => Promise<{ status: number }>): Promise<void> {
  const startedMs = performance.now();
  await eventually(async () => expect((await ask()).status).toBe(401));
  expect(performance.now() - startedMs).toBeLessThan(5_000);
}
