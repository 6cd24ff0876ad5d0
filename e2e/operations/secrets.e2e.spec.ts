/**
 * Secrets stay where they were sent: no process prints one, and no answer tells one to somebody else. With everything
 * logged, and with refusals of every sort, because those are what is written about.
 */
import type { Answer } from '@manyhands/proto';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startSystem, type System } from '../fixture/system.ts';

const origin = (): string => system.baseUrl;
const password = 'marker-password-of-anna';
/** Secrets by what they are. */
const secrets = new Map<string, string>([['the password', password]]);
/** All that was answered, but for where a secret is handed out. */
const answers: string[] = [];
let system: System;

beforeAll(async () => {
  system = await startSystem({ slots: 1, env: { AUTH: 'on', MANYHANDS_LOG_LEVEL: 'trace' } });
  secrets.set('the password of workers on NATS', new URL(system.natsUrl).password);
  secrets.set('the key of the administrator on NATS', system.natsAdmin.access.nkey);
});
afterAll(() => system?.stop());

async function send(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Response> {
  return fetch(origin() + path, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body }),
  });
}

async function sendAndKeep(...args: Parameters<typeof send>): Promise<void> {
  await keep(await send(...args));
}

async function keep(answer: Response): Promise<void> {
  answers.push(`${JSON.stringify([...answer.headers])} ${await answer.text()}`);
}

/** Signs in while NATS is away. Where it is back before the gateway missed it, the answer has secrets rightly, of the same second even those of before. */
async function signInAway(...[method, path, headers, body]: Parameters<typeof send>): Promise<void> {
  const answer = await send(method, path, headers, body);
  if (!answer.ok) await keep(answer);
}

const toldOnce = (name: string, secret: string | undefined): string => {
  expect(secret, name).toMatch(/.{20}/);
  secrets.set(name, secret!);
  return secret!;
};

async function useSecrets(): Promise<{ token: string; cookie: string; key: string }> {
  const credentials = JSON.stringify({ email: 'anna@example.org', password });
  const registered = await send('POST', '/v1/auth/register', {}, credentials);
  expect(registered.status).toBe(201);
  const cookie = /mh_refresh=([^;]+)/.exec(registered.headers.get('set-cookie') ?? '')?.[1];
  const { access_token: token } = (await registered.json()) as Answer<'SignedIn'>;
  const authorization = `Bearer ${toldOnce('the access token', token)}`;
  const made = await send('POST', '/v1/keys', { authorization }, '{"name":"ci","scopes":["read","write"]}');
  const { key } = (await made.json()) as Answer<'KeyCreated'>;
  const { ticket } = (await (await send('POST', '/v1/auth/ticket', { authorization })).json()) as { ticket: string };
  await sendAndKeep('GET', `/v1/jobs?ticket=${toldOnce('the ticket', ticket)}`, {});
  return { token, cookie: toldOnce('the refresh token', cookie), key: toldOnce('the key', key) };
}

/** Requests that are refused, or fail, with secrets in every place where one may stand. */
async function beRefused(token: string, cookie: string, key: string): Promise<void> {
  const wrong = (what: string): string => toldOnce(what, `marker-${what.replaceAll(' ', '-')}-0123456789`);
  for (const authorization of [
    `Bearer ${key.slice(0, -3)}zzz`,
    `Bearer ${token.slice(0, -3)}zzz`,
    `Bearer ${wrong('wrong bearer')}`,
    `Basic ${wrong('wrong basic')}`,
    `Bearer ${token} ${key}`,
  ])
    for (const [method, path] of [
      ['GET', '/v1/jobs'],
      ['POST', '/v1/jobs'],
      ['GET', '/v1/me'],
      ['GET', '/v1/nope'],
    ] as const)
      await sendAndKeep(method, path, { authorization });
  secrets.set('a key that is nearly right', key.slice(0, -3));
  secrets.set('a token that is nearly right', token.slice(0, -3));
  for (const body of [
    `{"email":"anna@example.org","password":"${wrong('wrong password')}"}`,
    `{"email":"anna@example.org","password":"${password}`,
    `{"email":"anna@example.org","password":"${password}"}}`,
    `{"email":12,"password":"${password}","remember":true}`,
    `"${password}"`,
    `{"email":"anna@example.org","password":["${password}"]}`,
    `{"token":"${wrong('wrong link')}"}`,
  ])
    for (const path of ['login', 'register', 'password', 'link', 'refresh', 'ticket'])
      await sendAndKeep('POST', `/v1/auth/${path}`, { cookie: `mh_refresh=${cookie}x` }, body);
  await sendAndKeep('GET', `/v1/jobs?ticket=${wrong('wrong ticket')}`, {});
  await sendAndKeep('GET', `/v1/jobs/${wrong('secret in an address')}?access_token=${wrong('secret in a query')}`, {});
}

it('no secret is printed or told, whatever is refused and whatever fails', { timeout: 240_000 }, async () => {
  await vi.waitFor(() => expect(system.output()).toContain('/sign-in#link='), { timeout: 20_000 });
  const { token, cookie, key } = await useSecrets();
  await beRefused(token, cookie, key);
  const good = { authorization: `Bearer ${key}` };
  await sendAndKeep('POST', '/v1/jobs', good, '{"kind":"sum","params":{"n":10}}');
  system.kill('nats-server');
  for (let round = 0; round < 5; round += 1) {
    await sendAndKeep('POST', '/v1/jobs', good, '{"kind":"sum","params":{"n":10}}');
    await signInAway('POST', '/v1/auth/login', {}, JSON.stringify({ email: 'anna@example.org', password }));
    await signInAway('POST', '/v1/auth/refresh', { cookie: `mh_refresh=${cookie}` });
  }
  await system.ready();
  await vi.waitFor(async () => expect((await send('GET', '/v1/me', good)).status).toBe(200), { timeout: 30_000, interval: 200 });
  for (const path of ['/metrics', '/openapi.json', '/readyz', '/monitoring/health']) await sendAndKeep('GET', path, good);
  expect(await system.stop()).toBe(0);

  // What a wrong request says is told to who sent it, where it says which address there is none of.
  const told = answers.filter((answer) => !answer.includes('There is no '));
  const printed = system.output();
  for (const [name, secret] of secrets) {
    expect(printed.includes(secret), `${name} is printed: ${around(printed, secret)}`).toBe(false);
    expect(
      told.find((answer) => answer.includes(secret)),
      `${name} is told`,
    ).toBeUndefined();
  }
  expect(
    answers.filter((answer) => /\n\s+at |node_modules|\/(src|dist)\//.test(answer)),
    'traces',
  ).toEqual([]);
});

function around(text: string, part: string): string {
  const at = text.indexOf(part);
  return at === -1 ? '' : text.slice(Math.max(0, at - 200), at + part.length + 50);
}
