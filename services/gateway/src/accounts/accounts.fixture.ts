/** A gateway with accounts, and clients that signed in. */
import type { Answer } from '@manyhands/proto';
import { eventually } from '@manyhands/testkit';
import { startFixture, type GatewayFixture } from '../gateway.fixture.ts';
import type { GatewayConfig } from '../config.ts';
import { Accounts } from './accounts.ts';

export const PASSWORD = 'correct horse battery staple';

type Call = ReturnType<GatewayFixture['call']>;

/** A client that signed in, as a browser does: with a cookie, and an access token in memory. */
interface SignedInClient {
  readonly user: Answer<'UserView'>;
  readonly email: string;
  /** `mh_refresh=…`, as it was last set. */
  cookie: string;
  token: string;
  call(path: string, init?: { method?: string; body?: unknown }): Call;
  /** With the cookie, to `/v1/auth/refresh`. */
  refresh(cookie?: string): Call;
}

export interface AccountsFixture extends GatewayFixture {
  /** Sends JSON with what is given for `Authorization` and `Cookie`. */
  send(path: string, init?: { method?: string; body?: unknown; token?: string; cookie?: string; origin?: string }): Call;
  /** A new account. */
  register(email?: string): Promise<SignedInClient>;
  login(email: string, password?: string): Promise<SignedInClient>;
  /** A new account that is an administrator. */
  admin(): Promise<SignedInClient>;
  /** An API key of a client. */
  keyOf(client: SignedInClient, body?: object): Promise<Answer<'KeyCreated'>>;
}

let count = 0;

export async function startAccounts(natsUrl: string, given: Partial<GatewayConfig> = {}): Promise<AccountsFixture> {
  const gateway = await startFixture(natsUrl, { auth: 'on', registration: true, ...given });
  const send: AccountsFixture['send'] = (path, { method = 'GET', body, token, cookie, origin } = {}) =>
    gateway.call(path, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(cookie !== undefined && { cookie }),
        ...(origin !== undefined && { origin }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  const signedIn = async (answering: Call, email: string): Promise<SignedInClient> => {
    const { status, headers, json, text } = await answering;
    if (status !== 200 && status !== 201) throw new Error(`signing in was answered ${status} ${text}`);
    const { access_token: token, user } = json as Answer<'SignedIn'>;
    const client: SignedInClient = {
      user,
      email,
      cookie: cookieIn(headers),
      token,
      call: (path, init) => send(path, { ...init, token: client.token }),
      async refresh(cookie = client.cookie) {
        const answer = await send('/v1/auth/refresh', { method: 'POST', cookie });
        if (answer.status !== 200) return answer;
        client.cookie = cookieIn(answer.headers);
        client.token = (answer.json as Answer<'SignedIn'>).access_token;
        return answer;
      },
    };
    return client;
  };
  // The bucket must have been read before a client can be known.
  await eventually(async () => {
    const { status } = await send('/v1/me', { token: `mh_0123456789abcdef_${'A'.repeat(43)}` });
    if (status !== 401) throw new Error(`answered ${status}`);
  });
  const register = (email = `user${(count += 1)}-${Date.now()}@example.org`): Promise<SignedInClient> =>
    signedIn(send('/v1/auth/register', { method: 'POST', body: { email, password: PASSWORD } }), email);
  return {
    ...gateway,
    send,
    register,
    login: (email, password = PASSWORD) => signedIn(send('/v1/auth/login', { method: 'POST', body: { email, password } }), email),
    async admin() {
      const client = await register();
      await gateway.app.get(Accounts).setRole(client.user.user_id, 'admin');
      return client;
    },
    async keyOf(client, body = { name: 'test' }) {
      const { status, json, text } = await client.call('/v1/keys', { method: 'POST', body });
      if (status !== 201) throw new Error(`a key was answered ${status} ${text}`);
      return json as Answer<'KeyCreated'>;
    },
  };
}

export function cookieIn(headers: Headers): string {
  return headers.get('set-cookie')?.split(';')[0] ?? '';
}
