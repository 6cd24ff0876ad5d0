import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { Answer } from '@manyhands/proto';
import { startNatsServer, type NatsServer } from '@manyhands/testkit';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWTPayload } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAccounts, type AccountsFixture } from '../accounts/accounts.fixture.ts';

const issuer = 'https://id.example';

let nats: NatsServer;
let gateway: AccountsFixture;
let provider: Server;
let privateKey: CryptoKey;
/** What the provider answers. */
let keySet: { status: number; body: string };
let asked = 0;

beforeAll(async () => {
  const pair = await generateKeyPair('RS256', { extractable: true });
  privateKey = pair.privateKey;
  keySet = { status: 200, body: JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'RS256' }] }) };
  provider = createServer((_request, response) => {
    asked += 1;
    response.writeHead(keySet.status, { 'content-type': 'application/json' }).end(keySet.body);
  }).listen(0, '127.0.0.1');
  await once(provider, 'listening');
  const keysUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/jwks`;
  nats = await startNatsServer();
  gateway = await startAccounts(nats.url, {
    providers: [
      { name: 'corp', issuer, keysUrl, audience: 'manyhands' },
      { name: 'away', issuer: 'https://away.example', keysUrl: 'http://127.0.0.1:1/jwks', audience: 'manyhands' },
    ],
  });
}, 60_000);
afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
  provider?.closeAllConnections();
  provider?.close();
});

const nowSec = () => Math.floor(Date.now() / 1_000);
const claims = (changed: JWTPayload = {}): JWTPayload =>
  Object.fromEntries(
    Object.entries({ iss: issuer, aud: 'manyhands', sub: 'anna', iat: nowSec(), exp: nowSec() + 300, ...changed }).filter(
      ([, value]) => value !== undefined,
    ),
  );
const signed = (changed?: JWTPayload, kid = 'k1', key: CryptoKey | Uint8Array = privateKey, alg = 'RS256') =>
  new SignJWT(claims(changed)).setProtectedHeader({ alg, kid }).sign(key);
const me = async (token: string) => gateway.send('/v1/me', { token });

test('a subject of a provider has an account from its first request on', async () => {
  const first = await me(await signed());
  expect(first).toMatchObject({ status: 200, json: { email: null, role: 'user' } });
  expect((await me(await signed({ jti: 'another token' }))).json).toEqual(first.json);
  expect((await me(await signed({ sub: 'bert' }))).json).not.toEqual(first.json);
  expect((await gateway.send('/v1/auth')).json).toMatchObject({ providers: [{ name: 'corp' }, { name: 'away' }] });
});

test('ten first requests at once make one account', async () => {
  const token = await signed({ sub: 'carl' });
  const answers = await Promise.all(Array.from({ length: 10 }, () => me(token)));
  expect(new Set(answers.map(({ json }) => (json as Answer<'UserView'>).user_id)).size).toBe(1);
  expect(answers.every(({ status }) => status === 200)).toBe(true);
});

test('an administrator disables it like any other', async () => {
  const token = await signed({ sub: 'dora' });
  const { user_id: id } = (await me(token)).json as Answer<'UserView'>;
  const admin = await gateway.admin();
  await admin.call(`/v1/users/${id}/disable`, { method: 'POST' });
  expect((await me(token)).status).toBe(401);
});

const bad: Record<string, () => string | Promise<string>> = {
  'no signature': () => new UnsecuredJWT(claims()).encode(),
  'another audience': () => signed({ aud: 'other' }),
  'no audience': () => signed({ aud: undefined }),
  'no subject': () => signed({ sub: undefined }),
  'an empty subject': () => signed({ sub: '' }),
  'an end that is over': () => signed({ exp: nowSec() - 6 }),
  'no end': () => signed({ exp: undefined }),
  'a key that is not published': async () => signed({}, 'k2', (await generateKeyPair('RS256')).privateKey),
  'another key under the published name': async () => signed({}, 'k1', (await generateKeyPair('RS256')).privateKey),
  'a secret instead of a key': () => signed({}, 'k1', new TextEncoder().encode(keySet.body.padEnd(32)), 'HS256'),
  'an issuer that is not known': () => signed({ iss: 'https://evil.example' }),
  'our own issuer': () => signed({ iss: 'manyhands', sid: 'x' }),
};

test.each(Object.keys(bad))('a token with %s is refused with 401', async (name) => {
  expect((await me(await bad[name]!())).status).toBe(401);
});

test('the keys are asked for once, however many tokens come', async () => {
  const before = asked;
  const token = await signed({ sub: 'emil' });
  for (let count = 0; count < 5; count += 1) expect((await me(token)).status).toBe(200);
  expect(asked).toBe(before);
});

test('while the keys of a provider cannot be read, its tokens are answered with 503', async () => {
  expect((await me(await signed({ iss: 'https://away.example' }))).status).toBe(503);
});
