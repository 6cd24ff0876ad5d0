/** Signing in at a real provider of OpenID Connect, over two gateways; the browser is played. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { limits, type Answer } from '@manyhands/proto';
import { readOrigins } from '@manyhands/proto/settings';
import { startNatsServer, type NatsServer } from '@manyhands/testkit';
import { startOpenIdProvider, type OpenIdProvider } from '@manyhands/testkit/open-id-provider';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAccounts, type AccountsFixture } from '../accounts/accounts.fixture.ts';
import type { GatewayConfig } from '../config.ts';
import { ProviderAccounts } from '../identity/provider-accounts.ts';

/** What browsers have open, behind a proxy that ends TLS. */
const host = 'team.example';

let nats: NatsServer;
let provider: OpenIdProvider;
let gateway: AccountsFixture;
let other: AccountsFixture;

beforeAll(async () => {
  [nats, provider] = await Promise.all([startNatsServer(), startOpenIdProvider()]);
  const corp = { name: 'corp', issuer: provider.issuer, clientId: provider.clientId, secret: provider.clientSecret };
  const given: Partial<GatewayConfig> = {
    origins: readOrigins(`https://${host}`),
    signInProviders: [
      corp,
      { ...corp, name: 'crop' },
      { ...corp, name: 'wrong-secret', secret: 'wrong' },
      { ...corp, name: 'away', issuer: 'http://127.0.0.1:1' },
    ],
  };
  gateway = await startAccounts(nats.url, given);
  other = await startAccounts(nats.url, given);
  provider.allow(
    ...['corp', 'crop', 'wrong-secret'].map((name) => `https://${host}/v1/auth/providers/${name}/callback`),
    `${gateway.origin}/v1/auth/providers/corp/callback`,
  );
}, 60_000);
afterAll(async () => {
  await gateway?.stop();
  await other?.stop();
  await provider?.stop();
  await nats?.stop();
});

interface Seen {
  status: number;
  location: string;
  /** By name, each with its attributes. */
  cookies: Record<string, string>;
  text: string;
}

/** Opens an address as a browser does that knows a gateway under `host`. */
async function open(path: string, { at = gateway, cookie = '' } = {}): Promise<Seen> {
  const asked = httpRequest(at.origin + path, { headers: { host, ...(cookie !== '' && { cookie }) }, agent: false });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  for await (const piece of answer.setEncoding('utf8')) text += piece as string;
  const { 'set-cookie': set = [], location = '' } = answer.headers;
  const cookies = Object.fromEntries(set.map((line) => [line.split('=', 1)[0]!, line]));
  return { status: answer.statusCode!, location, cookies, text };
}

const pairOf = (cookie: string | undefined): string => cookie?.split(';')[0] ?? '';
const pathOf = (address: string): string => address.slice(`https://${host}`.length);

/** Goes to the provider: its address, and the cookie that the browser has then. */
async function start(name = 'corp', query = ''): Promise<{ address: string; cookie: string }> {
  const { status, location, cookies, text } = await open(`/v1/auth/providers/${name}/start${query}`);
  expect(status, text).toBe(303);
  return { address: location, cookie: pairOf(cookies['mh_provider']) };
}

/** Comes back from it, signed in there as `user`: what a gateway answers. */
async function signIn(user: string | undefined, { name = 'corp', query = '', at = gateway } = {}): Promise<Seen> {
  const { address, cookie } = await start(name, query);
  return open(pathOf(await provider.visit(address, user)), { at, cookie });
}

/** Of who signed in, by the cookie alone, as the page asks. */
async function meOf({ cookies }: Seen): Promise<Answer<'UserView'>> {
  const { status, json, text } = await gateway.send('/v1/auth/refresh', {
    method: 'POST',
    cookie: pairOf(cookies['mh_refresh']),
  });
  expect(status, text).toBe(200);
  return (json as Answer<'SignedIn'>).user;
}

/** Back on the sign-in page for this reason, and not signed in. */
function expectFailure({ status, location, cookies }: Seen, why: string, to = ''): void {
  expect({ status, location }).toEqual({ status: 303, location: `/sign-in?${to}why=${why}` });
  expect(cookies['mh_refresh']).toBeUndefined();
}

describe('signing in at a provider', () => {
  test('goes there and comes back signed in, to any gateway, and leads to the page that was asked for', async () => {
    const { address, cookie } = await start('corp', '?to=%2Fjobs%3Fstatus%3Dfailed%23map');
    const asked = new URL(address);
    expect(asked.origin + asked.pathname).toBe(`${provider.issuer}/auth`);
    expect(Object.fromEntries(asked.searchParams)).toMatchObject({
      client_id: 'manyhands',
      response_type: 'code',
      scope: 'openid',
      redirect_uri: `https://${host}/v1/auth/providers/corp/callback`,
      code_challenge_method: 'S256',
    });
    const back = await provider.visit(address, 'anna');
    const seen = await open(pathOf(back), { at: other, cookie });
    expect(seen).toMatchObject({ status: 303, location: '/sign-in?to=%2Fjobs%3Fstatus%3Dfailed%23map' });
    expect(seen.cookies['mh_provider']).toMatch(
      /^mh_provider=; Max-Age=0; Path=\/v1\/auth\/providers; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(seen.cookies['mh_refresh']).toMatch(/; Path=\/v1\/auth; HttpOnly; Secure; SameSite=Strict$/);
    const external = { issuer: provider.issuer, subject: 'anna' };
    expect(await meOf(seen)).toMatchObject({ role: 'user', email: null, has_password: false, external });
  });

  test('gives the same account each time, that of issuer and subject, and never that of an address', async () => {
    const local = await gateway.register('bert@example.org');
    const first = await meOf(await signIn('bert@example.org'));
    expect(await meOf(await signIn('bert@example.org', { at: other }))).toEqual(first);
    expect(first.user_id).not.toBe(local.user.user_id);
    expect((await meOf(await signIn('carl'))).user_id).not.toBe(first.user_id);
    // The same that an access token of this provider would get.
    expect(await gateway.app.get(ProviderAccounts).of(provider.issuer, 'bert@example.org')).toBe(first.user_id);
  });

  test('without a proxy comes back to the address that was opened', async () => {
    const visit = async (path: string, cookie = '') => fetch(gateway.origin + path, { headers: { cookie }, redirect: 'manual' });
    const started = await visit('/v1/auth/providers/corp/start');
    const [set = ''] = started.headers.getSetCookie();
    expect(set).not.toContain('Secure');
    const back = await provider.visit(started.headers.get('location')!, 'dora');
    expect(back).toMatch(`${gateway.origin}/v1/auth/providers/corp/callback?`);
    const { status, headers } = await visit(back.slice(gateway.origin.length), pairOf(set));
    expect({ status, location: headers.get('location') }).toEqual({ status: 303, location: '/sign-in' });
  });

  test('is offered to the page', async () => {
    const { providers } = (await gateway.call('/v1/auth/providers')).json as Answer<'SignInProviders'>;
    expect(providers[0]).toEqual({ name: 'corp', start: '/v1/auth/providers/corp/start' });
    expect((await gateway.call('/v1/auth/providers/none/start')).status).toBe(404);
    expect((await gateway.call('/v1/auth/providers/none/callback?code=x&state=y')).status).toBe(404);
  });

  test('is refused to an account that was disabled', async () => {
    const { user_id: id } = await meOf(await signIn('emil'));
    const admin = await gateway.admin();
    expect((await admin.call(`/v1/users/${id}/disable`, { method: 'POST' })).status).toBe(200);
    expectFailure(await signIn('emil'), 'disabled');
  });
});

describe('what comes back is not taken', () => {
  test('when the user declined, and the page that was asked for is not lost', async () => {
    expectFailure(await signIn(undefined, { query: '?to=/history' }), 'declined', 'to=%2Fhistory&');
  });

  test('without the cookie, with that of another try, or of another provider', async () => {
    const { address, cookie } = await start();
    const back = pathOf(await provider.visit(address, 'fritz'));
    expectFailure(await open(back), 'late');
    expectFailure(await open(back, { cookie: (await start()).cookie }), 'late');
    expectFailure(await open(back, { cookie: (await start('crop')).cookie }), 'late');
    expectFailure(await open(back.replace('/corp/', '/crop/'), { cookie }), 'late');
    expectFailure(await open(back.replace(/state=[^&]*/, '$&&state=x'), { cookie }), 'late');
    // It is good with its own.
    expect((await open(back, { cookie })).location).toBe('/sign-in');
  });

  test('a second time', async () => {
    const { address, cookie } = await start();
    const back = pathOf(await provider.visit(address, 'gerd'));
    expect((await open(back, { cookie })).location).toBe('/sign-in');
    expectFailure(await open(back, { cookie, at: other }), 'refused');
  });

  test.each([
    ['nonce', 'A'.repeat(43)],
    ['code_challenge', 'A'.repeat(43)],
  ])('when it was asked for with another %s', async (name, value) => {
    const { address, cookie } = await start();
    const changed = new URL(address);
    changed.searchParams.set(name, value);
    expectFailure(await open(pathOf(await provider.visit(changed.href, 'hans')), { cookie }), 'refused');
  });

  test.each([
    ['iss', 'https://evil.example'],
    ['code', 'another'],
  ])('when the provider answered with another %s', async (name, value) => {
    const { address, cookie } = await start();
    const back = new URL(await provider.visit(address, 'ida'));
    back.searchParams.set(name, value);
    expectFailure(await open(pathOf(back.href), { cookie }), 'refused');
  });

  test('when the provider does not know us', async () => {
    expectFailure(await signIn('jan', { name: 'wrong-secret' }), 'refused');
  });
});

test('a provider that does not answer leads back to the sign-in page, which states it', async () => {
  expectFailure(await open('/v1/auth/providers/away/start?to=/jobs'), 'away', 'to=%2Fjobs&');
});

test.each([
  'https://evil.example',
  '//evil.example',
  '/\\evil.example',
  '/jobs\n',
  'jobs',
  `/${'a'.repeat(limits.pageAddressCharsMax)}`,
])('no browser is led to %j', async (to) => {
  const { status, text } = await open(`/v1/auth/providers/corp/start?to=${encodeURIComponent(to)}`);
  expect(status).toBe(422);
  expect(text).toMatch(/must be an address of this dashboard|at most/);
});
