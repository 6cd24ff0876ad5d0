/**
 * A real provider of OpenID Connect on a free port of this machine: `oidc-provider`, which is certified. Who signs in there types a name, and is believed.
 *
 * It is `localhost`, and what a test runs is 127.0.0.1: for a browser these are two sites, as a provider and its clients are.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import Provider, { type Configuration } from 'oidc-provider';

export interface OpenIdProvider {
  /** `http://localhost:<port>`. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Sends browsers back to these addresses from now on, and to no others. */
  allow(...redirectUris: string[]): void;
  /** Does what a browser does that is sent to `address`; its user signs in by a name, or declines. Resolves to the address that it is sent back to. */
  visit(address: string, user: string | undefined): Promise<string>;
  stop(): Promise<void>;
}

const page = `<!doctype html>
<html lang="en"><head><title>The provider</title></head><body>
<form method="post"><label>Name <input name="login"></label><button>Go on</button><button name="declined" value="yes">Decline</button></form>
</body></html>`;

export async function startOpenIdProvider(): Promise<OpenIdProvider> {
  const client = { client_id: 'manyhands', client_secret: `s3:cr/e+t%${randomBytes(16).toString('base64url')}` };
  const jwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
  const cookieKey = randomBytes(16).toString('hex');
  let provider: Provider;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
    if (!request.url!.startsWith('/interaction/')) return provider.callback()(request, response);
    if (request.method === 'GET') return response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
    const form = new URLSearchParams(await text(request));
    const result = form.has('declined') ? { error: 'access_denied' } : { login: { accountId: form.get('login') ?? '' } };
    return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => response.destroy(error));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;

  const allow = (...redirectUris: string[]): void => {
    const configuration: Configuration = {
      clients: [{ ...client, redirect_uris: redirectUris, grant_types: ['authorization_code'], response_types: ['code'] }],
      jwks: { keys: [{ ...jwk, kid: 'k1', alg: 'RS256', use: 'sig' } as never] },
      cookies: { keys: [cookieKey] },
      ttl: { Interaction: 600, Grant: 600, Session: 600, AccessToken: 600, IdToken: 600 },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
      findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, email: id, email_verified: true }) }),
      // All users agree that this client may know who they are.
      async loadExistingGrant({ oidc }) {
        const grant = new oidc.provider.Grant({ clientId: oidc.client!.clientId, accountId: oidc.session!.accountId! });
        grant.addOIDCScope('openid');
        await grant.save();
        return grant;
      },
    };
    provider = new Provider(issuer, configuration);
  };
  allow('http://127.0.0.1:1/none');

  return {
    issuer,
    clientId: client.client_id,
    clientSecret: client.client_secret,
    allow,
    async visit(address, user) {
      const cookies = new Map<string, string>();
      let at = address;
      let form: URLSearchParams | undefined;
      for (let hops = 0; at.startsWith(issuer); hops += 1) {
        const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
        const sent = form === undefined ? {} : { method: 'POST', body: form };
        const response = await fetch(at, { ...sent, headers: { cookie }, redirect: 'manual' });
        const body = await response.text();
        for (const [, name, value] of response.headers.getSetCookie().map((line) => /^([^=]+)=([^;]*)/.exec(line)!))
          cookies.set(name!, value!);
        const location = response.headers.get('location');
        const isPage = location === null && response.status === 200;
        if (hops > 10 || (location === null && !isPage)) throw new Error(`${at} was answered ${response.status} ${body}`);
        form = isPage ? new URLSearchParams(user === undefined ? { declined: 'yes' } : { login: user }) : undefined;
        at = location === null ? at : new URL(location, at).href;
      }
      return at;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
