import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../config/config-file.ts';
import { json, run, type Answers } from '../world.fixture.ts';

const url = 'https://farm.example';
const user = { user_id: 'u1', email: 'ada@example.org', role: 'user', created_at: '2026-11-28T19:00:00.000Z' };
const password = 'four words in a row';

let home: string;
let seen: { path: string; body?: unknown; authorization: string | null }[];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'manyhands-login-'));
  seen = [];
});

/** Without an address: the profile has it. */
const env = () => ({ XDG_CONFIG_HOME: home, MANYHANDS_URL: '' });
const configPath = () => join(home, 'manyhands/config.json');
const stored = () => JSON.parse(readFileSync(configPath(), 'utf8')) as Config;

function noted(path: string, answer: (body: unknown) => Response): Answers[string] {
  return ({ body, headers }) => {
    seen.push({ path, body, authorization: headers.get('authorization') });
    return answer(body);
  };
}

function system(more: Answers = {}): Answers {
  return {
    'GET /v1/auth': { auth: 'on', registration: true, providers: [] },
    'POST /v1/auth/login': noted('login', (body) =>
      (body as { password: string }).password === password
        ? json(200, { access_token: 'jwt', expires_in: 600, user })
        : json(401, { detail: 'Wrong address or password.' }),
    ),
    'POST /v1/keys': noted('create', (body) =>
      json(201, { ...(body as object), key_id: 'k1', prefix: 'mh_k1', created_at: user.created_at, key: 'mh_k1_secret' }),
    ),
    'GET /v1/me/sessions': {
      sessions: [
        { session_id: 's0', current: false },
        { session_id: 's1', current: true },
      ],
    },
    'DELETE /v1/me/sessions/s1': noted('end', () => new Response(null, { status: 204 })),
    'GET /v1/me': noted('me', () => json(200, user)),
    ...more,
  };
}

describe('manyhands login', () => {
  it('keeps a key that it makes in a profile that its owner alone can read, and ends its session', async () => {
    const args = ['login', '--url', `${url}/`, '--email', 'ada@example.org', '--password', '-', '--days', '30'];
    const { code, err } = await run(args, { env: env(), stdin: `${password}\n`, answers: system() });
    expect(err).toContain('You are ada@example.org at https://farm.example: profile farm.example');
    expect(code).toBe(0);
    expect(stored()).toEqual({
      current: 'farm.example',
      profiles: { 'farm.example': { url, token: 'mh_k1_secret', key_id: 'k1' } },
    });
    expect(statSync(configPath()).mode & 0o777).toBe(0o600);
    expect(statSync(join(home, 'manyhands')).mode & 0o777).toBe(0o700);
    expect(seen.map(({ path }) => path)).toEqual(['login', 'create', 'end']);
    expect(seen[1]).toMatchObject({ authorization: 'Bearer jwt', body: { scopes: ['read', 'write'] } });
    const { expires_at: end } = seen[1]!.body as { expires_at: string };
    expect(Date.parse(end) - Date.now()).toBeGreaterThan(29 * 86_400_000);
  });

  it('asks at a terminal, without showing the password', async () => {
    const answers = system();
    const args = ['login', '--url', url, '--email', 'ada@example.org'];
    const ran = await run(args, { env: env(), tty: true, stdin: `${password}\n`, answers });
    expect(ran.err).toContain('Password: ');
    expect(ran.err + ran.out).not.toContain(password);
    expect(stored().profiles['farm.example']?.token).toBe('mh_k1_secret');
  });

  it('takes a key from standard input once the system takes it', async () => {
    const args = ['login', '--url', url, '--profile', 'mine', '--key', '-'];
    expect((await run(args, { env: env(), stdin: 'mh_k7_x\n', answers: system() })).code).toBe(0);
    expect(stored().profiles).toEqual({ mine: { url, token: 'mh_k7_x' } });
    expect(seen).toEqual([{ path: 'me', body: '', authorization: 'Bearer mh_k7_x' }]);
    const refused = system({ 'GET /v1/me': () => json(401, { detail: 'no' }) });
    const ran = await run(args, { env: env(), stdin: 'mh_k8_x\n', answers: refused });
    expect(ran).toMatchObject({ code: 4, err: 'https://farm.example does not take this key.\n' });
    expect(stored().profiles).toEqual({ mine: { url, token: 'mh_k7_x' } });
  });

  it.each([
    [['--password', 'hunter2'], 2, 'A password is not typed into a command line'],
    [['--key', 'mh_1_x'], 2, 'A key is not typed into a command line'],
    [['--password', '-', '--days', '1831'], 2, '--days must be a whole number from 1 to 1830'],
    [['--password', '-'], 2, 'There is no terminal to ask at: add --email'],
    [['--email', 'ada@example.org', '--password', '-'], 4, 'Wrong address or password.'],
  ])('with %j it ends with %i and keeps nothing', async (more, code, sentence) => {
    const ran = await run(['login', '--url', url, ...more], { env: env(), stdin: 'wrong\n', answers: system() });
    expect(ran.code).toBe(code);
    expect(ran.err).toContain(sentence);
    expect(stored).toThrow('ENOENT');
  });

  it('has nothing to do where there are no accounts', async () => {
    const answers = { 'GET /v1/auth': { auth: 'off', registration: false, providers: [] } };
    const ran = await run(['login', '--url', url], { env: env(), answers });
    expect(ran).toMatchObject({ code: 0, err: expect.stringContaining('has no accounts') });
    expect(stored).toThrow('ENOENT');
  });
});

describe('what is kept', () => {
  beforeEach(async () => {
    await mkdir(join(home, 'manyhands'));
    const profiles = { farm: { url, token: 'mh_k1_secret', key_id: 'k1' } };
    writeFileSync(configPath(), JSON.stringify({ current: 'farm', profiles }));
  });

  it('whoami prints whose requests these are', async () => {
    const ran = await run(['whoami'], { env: env(), answers: system() });
    expect(ran).toMatchObject({ code: 0, out: 'ada@example.org (user) at https://farm.example\n' });
    expect(seen).toEqual([{ path: 'me', body: '', authorization: 'Bearer mh_k1_secret' }]);
    const { out } = await run(['whoami', '--json'], { env: env(), answers: system() });
    expect(JSON.parse(out)).toEqual({ url, auth: 'on', ...user });
  });

  it('a key that is not good is a sentence that names the command', async () => {
    const answers = system({ 'GET /v1/me': () => json(401, { detail: 'This key was revoked.' }) });
    const ran = await run(['whoami'], { env: env(), answers });
    expect(ran.code).toBe(4);
    expect(ran.err).toContain('This key was revoked. Sign in with "manyhands login"');
  });

  it.each([
    ['is revoked', 204, ''],
    ['was revoked before', 401, ''],
    ['cannot be revoked', 403, 'revoke it at https://farm.example/account'],
  ])('logout removes the key when it %s', async (_, status, sentence) => {
    const answer = () => (status === 204 ? new Response(null, { status }) : json(status, { detail: 'Sign in first' }));
    const answers = system({ 'DELETE /v1/keys/k1': noted('revoke', answer) });
    const ran = await run(['logout'], { env: env(), answers });
    expect(ran.code).toBe(0);
    expect(ran.err).toContain('The key of profile farm is removed');
    expect(ran.err).toContain(sentence);
    expect(seen).toEqual([expect.objectContaining({ path: 'revoke', authorization: 'Bearer mh_k1_secret' })]);
    expect(stored().profiles).toEqual({ farm: { url } });
  });

  it('logout without a key changes nothing', async () => {
    writeFileSync(configPath(), JSON.stringify({ current: 'farm', profiles: { farm: { url } } }));
    expect((await run(['logout'], { env: env() })).err).toBe('No key is kept for https://farm.example.\n');
  });
});
