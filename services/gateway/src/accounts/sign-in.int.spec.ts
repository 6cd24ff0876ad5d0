import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Answer } from '@manyhands/proto';
import { keys, limits, newJobId } from '@manyhands/proto';
import { aJobView, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CONFIG, type GatewayConfig } from '../config.ts';
import { Problem } from '../edge/problem.ts';
import { startGateway } from '../gateway.fixture.ts';
import { IdentityStore } from '../identity/identity-store.ts';
import { cookieIn, PASSWORD, startAccounts, type AccountsFixture } from './accounts.fixture.ts';
import { FirstAdmin } from './first-admin.ts';
import { SignInLinks } from './sign-in-links.ts';

let nats: NatsServer;
let gateway: AccountsFixture;

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startAccounts(nats.url);
});
afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

const post = (path: string, body?: unknown, more: object = {}) => gateway.send(path, { method: 'POST', body, ...more });

describe('registering', () => {
  test('makes an account and signs in to it', async () => {
    const answer = await post('/v1/auth/register', { email: 'anna@example.org', password: PASSWORD });
    expect(answer).toMatchObject({
      status: 201,
      json: { expires_in: 600, user: { email: 'anna@example.org', role: 'user' } },
    });
    expect(answer.headers.get('set-cookie')).toMatch(
      /^mh_refresh=[0-9a-f]{32}\.[\w-]{43}; Max-Age=2592000; Path=\/v1\/auth; HttpOnly; SameSite=Strict$/,
    );
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const { access_token: token, user } = answer.json as Answer<'SignedIn'>;
    expect(await gateway.send('/v1/me', { token })).toMatchObject({ status: 200, json: user });
  });

  test('is refused for an address that has an account, in whatever case', async () => {
    await gateway.register('twice@example.org');
    expect(await post('/v1/auth/register', { email: 'TWICE@example.org', password: PASSWORD })).toMatchObject({ status: 409 });
  });

  test('at the same time makes one account of one address', async () => {
    const body = { email: 'race@example.org', password: PASSWORD };
    const answers = await Promise.all(Array.from({ length: 5 }, () => post('/v1/auth/register', body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
  });

  test.each([
    [{}, ['email missing', 'password missing']],
    [{ email: 'no address', password: PASSWORD }, ['email string_pattern']],
    ...['\u202e', '\u200b', '\u0000', '\u0085', '\u2066'].map((unseen): [object, string[]] => [
      { email: `a${unseen}@b`, password: PASSWORD },
      ['email string_pattern'],
    ]),
    [{ email: `${'a'.repeat(limits.emailCharsMax)}@b`, password: PASSWORD }, ['email string_too_long']],
    [{ email: 'a@b', password: 'a'.repeat(limits.passwordCharsMin - 1) }, ['password string_too_short']],
    [{ email: 'a@b', password: 'a'.repeat(limits.passwordCharsMax + 1) }, ['password string_too_long']],
    [{ email: 'a@b', password: 12 }, ['password string_type']],
    [{ email: 'a@b', password: PASSWORD, role: 'admin' }, ['role extra_forbidden']],
  ])('of %j is refused with what is wrong', async (body, problems) => {
    const { status, json } = await post('/v1/auth/register', body);
    expect(status).toBe(422);
    const { detail } = json as Answer<'FieldProblems'>;
    expect(detail.map(({ loc, type }) => `${loc[1]} ${type}`).sort()).toEqual(problems);
  });

  test('takes the shortest and the longest password, whole', async () => {
    for (const length of [limits.passwordCharsMin, limits.passwordCharsMax]) {
      const email = `long${length}@example.org`;
      expect((await post('/v1/auth/register', { email, password: 'ü'.repeat(length) })).status).toBe(201);
      const shorter = { email, password: `${'ü'.repeat(length - 1)}u` };
      expect((await post('/v1/auth/login', shorter)).status).toBe(401);
    }
  });

  test('is refused where it is off', async () => {
    const closed = await startAccounts(nats.url, { registration: false });
    try {
      const body = { email: 'late@example.org', password: PASSWORD };
      expect((await closed.send('/v1/auth/register', { method: 'POST', body })).status).toBe(403);
      expect((await closed.send('/v1/auth')).json).toMatchObject({ auth: 'on', registration: false });
    } finally {
      await closed.stop();
    }
  });
});

describe('the answer to who asks first', () => {
  const stateFor = async (cookie?: string) => (await gateway.send('/v1/auth', { cookie })).json;

  test('states whether the request has a refresh token', async () => {
    const { cookie } = await gateway.register();
    expect(await stateFor()).toEqual({ auth: 'on', registration: true, providers: [], session: false });
    expect(await stateFor('mh_refresh=')).toMatchObject({ session: false });
    expect(await stateFor(cookie)).toMatchObject({ session: true });
  });
});

describe('signing in', () => {
  test('takes the password, and the address in any case', async () => {
    const { email, user } = await gateway.register();
    expect(await post('/v1/auth/login', { email: email.toUpperCase(), password: PASSWORD })).toMatchObject({
      status: 200,
      json: { user },
    });
  });

  test('is refused with one sentence, whether the address or the password is wrong', async () => {
    const { email } = await gateway.register();
    const wrong = await post('/v1/auth/login', { email, password: `${PASSWORD}!` });
    const unknown = await post('/v1/auth/login', { email: 'nobody@example.org', password: PASSWORD });
    expect(wrong).toMatchObject({ status: 401, json: unknown.json as object });
    expect(wrong.headers.get('www-authenticate')).toBe('Bearer');
    expect(unknown.status).toBe(401);
  });

  test('over https gets a cookie for https only', async () => {
    const proxied = await startAccounts(nats.url, {
      origins: [{ text: 'https://team.example', scheme: 'https', authority: { name: 'team.example', port: undefined } }] as never,
    });
    try {
      const { email } = await gateway.register();
      const { headers } = await proxied.send('/v1/auth/login', {
        method: 'POST',
        body: { email, password: PASSWORD },
        origin: 'https://team.example',
      });
      expect(headers.get('set-cookie')).toContain('; Secure');
    } finally {
      await proxied.stop();
    }
  });
});

describe('a refresh token', () => {
  test('is good once, and gives another one', async () => {
    const client = await gateway.register();
    const first = client.cookie;
    expect((await client.refresh()).status).toBe(200);
    expect(client.cookie).not.toBe(first);
    expect((await client.call('/v1/me')).status).toBe(200);
  });

  test('asked for by ten tabs at once gives ten answers, and the session goes on', async () => {
    const client = await gateway.register();
    const { cookie } = client;
    const answers = await Promise.all(Array.from({ length: 10 }, () => post('/v1/auth/refresh', undefined, { cookie })));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect((await client.refresh(cookieIn(answers[0]!.headers))).status).toBe(200);
  });

  test('that was replaced twice ends its session, for every holder', async () => {
    const client = await gateway.register();
    const stolen = client.cookie;
    await client.refresh();
    await client.refresh();
    expect((await post('/v1/auth/refresh', undefined, { cookie: stolen })).status).toBe(401);
    expect((await client.refresh()).status).toBe(401);
    expect((await client.call('/v1/me')).status).toBe(401);
  });

  test.each(['', 'mh_refresh=', 'mh_refresh=a.b', `mh_refresh=${'0'.repeat(32)}.${'A'.repeat(43)}`])(
    'that is none (%s) is refused',
    async (cookie) => {
      expect((await post('/v1/auth/refresh', undefined, { cookie })).status).toBe(401);
    },
  );

  test('is not sent by a page of another origin', async () => {
    const client = await gateway.register();
    const answer = await post('/v1/auth/refresh', undefined, { cookie: client.cookie, origin: 'https://evil.example' });
    expect(answer.status).toBe(403);
    expect((await client.refresh()).status).toBe(200);
  });
});

describe('signing out', () => {
  test('ends the session, and its access token with it', async () => {
    const client = await gateway.register();
    const { status, headers } = await post('/v1/auth/logout', undefined, { cookie: client.cookie });
    expect(status).toBe(204);
    expect(headers.get('set-cookie')).toMatch(/^mh_refresh=; Max-Age=0/);
    expect((await client.refresh()).status).toBe(401);
    expect((await client.call('/v1/me')).status).toBe(401);
  });

  test('without a session is nothing wrong', async () => {
    expect((await post('/v1/auth/logout')).status).toBe(204);
  });

  test('everywhere ends every session of the account, and no key', async () => {
    const one = await gateway.register();
    const other = await gateway.login(one.email);
    const { key } = await gateway.keyOf(one);
    expect((await one.call('/v1/auth/logout-everywhere', { method: 'POST' })).status).toBe(204);
    for (const client of [one, other]) {
      expect((await client.call('/v1/me')).status).toBe(401);
      expect((await client.refresh()).status).toBe(401);
    }
    expect((await gateway.send('/v1/me', { token: key })).status).toBe(200);
  });

  test('of one session leaves the others, and is refused for those of another account', async () => {
    const one = await gateway.register();
    const other = await gateway.login(one.email);
    const { sessions } = (await one.call('/v1/me/sessions')).json as Answer<'SessionList'>;
    expect(sessions.map(({ current }) => current)).toEqual([false, true]);
    const path = `/v1/me/sessions/${sessions[0]!.session_id}`;
    const stranger = await gateway.register();
    expect((await stranger.call(path, { method: 'DELETE' })).status).toBe(404);
    expect((await one.call(path, { method: 'DELETE' })).status).toBe(204);
    expect((await other.call('/v1/me')).status).toBe(401);
    expect((await one.call('/v1/me')).status).toBe(200);
  });
});

test('a key may revoke itself, and no other', async () => {
  const client = await gateway.register();
  const [one, other] = [await gateway.keyOf(client), await gateway.keyOf(client)];
  const revoke = (id: string) => gateway.send(`/v1/keys/${id}`, { method: 'DELETE', token: one.key });
  expect((await revoke(other.key_id)).status).toBe(403);
  expect((await revoke(one.key_id)).status).toBe(204);
  expect((await gateway.send('/v1/me', { token: one.key })).status).toBe(401);
  expect((await gateway.send('/v1/me', { token: other.key })).status).toBe(200);
});

describe('changing the password', () => {
  test('needs the old one, and ends the other sessions', async () => {
    const client = await gateway.register();
    const other = await gateway.login(client.email);
    const change = (old_password: string) =>
      client.call('/v1/auth/password', { method: 'POST', body: { old_password, new_password: `${PASSWORD} 2` } });
    expect((await change('wrong')).status).toBe(401);
    expect((await change(PASSWORD)).status).toBe(204);
    expect((await client.call('/v1/me')).status).toBe(200);
    expect((await other.call('/v1/me')).status).toBe(401);
    expect((await post('/v1/auth/login', { email: client.email, password: PASSWORD })).status).toBe(401);
    await gateway.login(client.email, `${PASSWORD} 2`);
  });

  // Seen: 409, as if it were another address.
  test('takes the address of the account in any case', async () => {
    const client = await gateway.register();
    const change = (email: string) =>
      client.call('/v1/auth/password', { method: 'POST', body: { old_password: PASSWORD, new_password: PASSWORD, email } });
    expect((await change(client.email.toUpperCase())).status).toBe(204);
    expect((await change(`x${client.email}`)).status).toBe(409);
  });
});

// Before there is any other administrator.
describe('the first administrator', () => {
  test('is signed in by a link that is good once, and then chooses an address and a password', async () => {
    const bucket = await gateway.world.bucket('identity');
    await bucket.remove(keys.firstAdmin);
    const link = () => gateway.app.get(FirstAdmin).link();
    // NATS answers no more when the gateway has claimed the link and not yet made the account.
    vi.spyOn(gateway.app.get(IdentityStore), 'write').mockImplementationOnce(async (...args) => {
      expect(await gateway.app.get(IdentityStore).write(...args)).toBe(true);
      throw new Problem(503, 'late');
    });
    await expect(link()).rejects.toThrow('late');
    const token = await link();
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(await link()).toBeUndefined();
    const answer = await post('/v1/auth/link', { token });
    expect(answer).toMatchObject({ status: 200, json: { user: { email: null, role: 'admin' } } });
    expect((await post('/v1/auth/link', { token })).status).toBe(401);
    const { access_token: access } = answer.json as Answer<'SignedIn'>;
    const email = 'root@example.org';
    const body = { email, new_password: PASSWORD };
    // Seen: it was taken without an address, so nobody could sign in any more, and no start wrote another link.
    expect(await post('/v1/auth/password', { new_password: PASSWORD }, { token: access })).toMatchObject({
      status: 422,
      json: { detail: [{ loc: ['body', 'email'], type: 'missing' }] },
    });
    expect((await post('/v1/auth/password', body, { token: access })).status).toBe(204);
    expect((await gateway.login(email)).user).toMatchObject({ email, role: 'admin' });
    await bucket.remove(keys.firstAdmin);
    expect(await link()).toBeUndefined();
  });
});

describe('the only administrator, whose password was lost', () => {
  test('is signed in by a link that a word in the settings asks for, once, on whichever gateway', async () => {
    const [one, other] = [await startAccounts(nats.url), await startAccounts(nats.url)];
    const linkOf = (fixture: AccountsFixture, word: string | undefined) => {
      Object.assign(fixture.app.get<GatewayConfig>(CONFIG), { adminLink: word });
      return fixture.app.get(FirstAdmin).link();
    };
    try {
      const root = await gateway.login('root@example.org');
      const { key } = await gateway.keyOf(root);
      const links = await Promise.all([linkOf(one, 'lost'), linkOf(other, 'lost'), linkOf(gateway, undefined)]);
      const [token, ...more] = links.filter((link) => link !== undefined);
      expect([token?.length, more]).toEqual([43, []]);
      expect((await post('/v1/auth/login', { email: root.email, password: PASSWORD })).status).toBe(401);
      expect((await root.refresh()).status).toBe(401);
      expect((await gateway.send('/v1/me', { token: key })).status).toBe(200);
      const { json } = await post('/v1/auth/link', { token });
      const { access_token: access, user } = json as Answer<'SignedIn'>;
      expect(user).toMatchObject({ user_id: root.user.user_id, email: root.email, role: 'admin', has_password: false });
      expect((await post('/v1/auth/password', { new_password: `${PASSWORD} 2` }, { token: access })).status).toBe(204);
      expect((await gateway.login(root.email, `${PASSWORD} 2`)).user.role).toBe('admin');
      // The word stays in the settings, and nothing happens.
      for (const fixture of [one, other]) expect(await linkOf(fixture, 'lost')).toBeUndefined();
      expect((await gateway.login(root.email, `${PASSWORD} 2`)).user.role).toBe('admin');
    } finally {
      for (const fixture of [one, other]) await fixture.stop();
    }
  });
});

describe('a password that was forgotten', () => {
  test('is reset by an administrator: its sessions end, and a link lets its user choose another one, once', async () => {
    const [admin, client] = [await gateway.admin(), await gateway.register()];
    const { key } = await gateway.keyOf(client);
    const reset = await admin.call(`/v1/users/${client.user.user_id}/reset-password`, { method: 'POST' });
    expect(reset.status).toBe(200);
    const { token, expires_at: until } = reset.json as Answer<'SignInLink'>;
    const livesMs = Date.parse(until) - Date.now();
    expect(livesMs).toBeGreaterThan(23.9 * 3_600_000);
    expect(livesMs).toBeLessThanOrEqual(24 * 3_600_000);
    const body = { email: client.email, password: PASSWORD };
    expect((await gateway.send('/v1/auth/login', { method: 'POST', body })).status).toBe(401);
    expect((await client.refresh()).status).toBe(401);
    expect((await gateway.send('/v1/me', { token: key })).json).toMatchObject({ email: client.email, has_password: false });
    const follow = () => gateway.send('/v1/auth/link', { method: 'POST', body: { token } });
    const { status, json } = await follow();
    expect({ status, json }).toMatchObject({ status: 200, json: { user: { email: client.email, has_password: false } } });
    expect((await follow()).status).toBe(401);
    const chosen = {
      method: 'POST',
      token: (json as Answer<'SignedIn'>).access_token,
      body: { new_password: `${PASSWORD} again` },
    };
    expect((await gateway.send('/v1/auth/password', chosen)).status).toBe(204);
    expect((await gateway.login(client.email, `${PASSWORD} again`)).user).toMatchObject({ has_password: true });
  });

  // Seen: each link signed in for its whole day, also when its user had long chosen a password.
  test('is reset again: links that were not used are good no more', async () => {
    const [admin, client] = [await gateway.admin(), await gateway.register()];
    const reset = async (): Promise<string> => {
      const { json } = await admin.call(`/v1/users/${client.user.user_id}/reset-password`, { method: 'POST' });
      return (json as Answer<'SignInLink'>).token;
    };
    const follow = (token: string) => post('/v1/auth/link', { token });
    const [first, second] = [await reset(), await reset()];
    expect((await follow(first)).status).toBe(401);
    const { status, json } = await follow(second);
    expect(status).toBe(200);
    const third = await reset();
    // The session of the second link has ended with that.
    expect((await gateway.send('/v1/me', { token: (json as Answer<'SignedIn'>).access_token })).status).toBe(401);
    const { json: signedIn } = await follow(third);
    const fourth = await gateway.app.get(SignInLinks).create(client.user.user_id, 60_000);
    const token = (signedIn as Answer<'SignedIn'>).access_token;
    expect((await post('/v1/auth/password', { new_password: PASSWORD }, { token })).status).toBe(204);
    expect((await follow(fourth.secret)).status).toBe(401);
  });

  test('is reset by no user, not by its own administrator, and of no account that is not there', async () => {
    const [admin, client] = [await gateway.admin(), await gateway.register()];
    const of = (id: string, by: typeof client) => by.call(`/v1/users/${id}/reset-password`, { method: 'POST' });
    expect((await of(admin.user.user_id, client)).status).toBe(403);
    expect((await of(admin.user.user_id, admin)).status).toBe(409);
    expect((await of('no-account', admin)).status).toBe(404);
    expect((await gateway.login(admin.email)).user.role).toBe('admin');
  });
});

test('with AUTH=off there are no accounts, and the answer states it', async () => {
  const open = await startGateway(nats.url);
  try {
    const ask = async (path: string, method = 'GET') => {
      const response = await fetch(`${open.origin}${path}`, { method });
      return { status: response.status, json: (await response.json()) as object };
    };
    expect(await ask('/v1/auth')).toEqual({ status: 200, json: { auth: 'off', registration: false, providers: [] } });
    expect(await ask('/v1/me')).toMatchObject({ status: 200, json: { user_id: 'local', role: 'admin', email: null } });
    for (const path of ['/v1/auth/login', '/v1/auth/refresh', '/v1/auth/logout', '/v1/auth/ticket'])
      expect(await ask(path, 'POST'), path).toMatchObject({
        status: 404,
        json: { detail: expect.stringContaining('AUTH=off') as string },
      });
    for (const path of ['/v1/keys', '/v1/users', '/v1/me/sessions']) expect(await ask(path), path).toMatchObject({ status: 404 });
  } finally {
    await open.app.close();
  }
});

test('the curl lines of docs/operations/accounts.md make a key, read with it, and make a share link', async () => {
  const page = readFileSync(new URL('../../../../docs/operations/accounts.md', import.meta.url), 'utf8');
  const lines = page.match(/^curl .*$/gm) ?? [];
  const [make = '', list = '', share = ''] = lines;
  expect(lines).toHaveLength(3);
  const { token, user } = await gateway.register();
  const typed = async (line: string, variables: object): Promise<unknown> => {
    const env = { ...process.env, URL: gateway.origin, ...variables };
    return JSON.parse((await promisify(execFile)('sh', ['-c', line], { env })).stdout);
  };
  const made = (await typed(make, { ACCESS_TOKEN: token })) as Answer<'KeyCreated'>;
  expect(made).toMatchObject({ name: 'nightly report', scopes: ['read'] });
  expect(await typed(list, { KEY: made.key })).toEqual({ jobs: [], next_cursor: null });
  const writes = (await typed(make.replace('["read"]', '["read","write"]'), { ACCESS_TOKEN: token })) as Answer<'KeyCreated'>;
  const job = aJobView({ job_id: newJobId(), tenant: user.user_id });
  await gateway.world.save(job);
  expect(await typed(share, { KEY: writes.key, job: job.job_id })).toMatchObject({
    path: expect.stringMatching(/^\/share\//) as string,
  });
});
