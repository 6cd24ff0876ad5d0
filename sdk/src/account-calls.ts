/** The calls about accounts: signing in, API keys, and what administrators do. Where there are none (`AUTH=off`) they are refused with 404. */
import type { Answer, Role, Scope } from '@manyhands/proto';
import type { Ask } from './request.ts';
import type { CallOptions, PageQuery } from './shapes.ts';

/** An account. */
export type User = Answer<'UserView'>;
/** An account, as administrators see it. */
export type Account = Answer<'AccountView'>;
/** An API key, without the key itself. */
export type ApiKey = Answer<'KeyList'>['keys'][number];
/** Where an account is signed in. */
export type Session = Answer<'SessionList'>['sessions'][number];
/** An access token, and whose it is. The refresh token is a cookie that only browsers keep. */
export type SignedIn = Answer<'SignedIn'>;

export interface Credentials {
  email: string;
  password: string;
}

export interface KeyRequest {
  name: string;
  /** Default `read` and `write`. */
  scopes?: readonly Scope[];
  /** ISO 8601; default: never. */
  expires_at?: string;
}

export interface PasswordRequest {
  /** Left out where the account has none yet. */
  old_password?: string;
  new_password: string;
  /** For an account without an address. */
  email?: string;
}

export interface AccountCalls {
  /** Whether there are accounts, and whether visitors may make some. */
  auth(options?: CallOptions): Promise<Answer<'AuthState'>>;
  /** Providers that a browser signs in with when it opens their `start`. */
  signInProviders(options?: CallOptions): Promise<Answer<'SignInProviders'>['providers']>;
  /** Makes an account and signs in to it. Refused with 403 (off here), and 409 for an address that has one. */
  register(credentials: Credentials, options?: CallOptions): Promise<SignedIn>;
  /** Refused with 401. */
  login(credentials: Credentials, options?: CallOptions): Promise<SignedIn>;
  /** Signs in with the link that the first start prints. Refused with 401. */
  loginByLink(token: string, options?: CallOptions): Promise<SignedIn>;
  /** Another access token, for the cookie of a browser. Refused with 401 where the session has ended. */
  refresh(options?: CallOptions): Promise<SignedIn>;
  /** Ends the session of the cookie. Repeating is safe. */
  logout(options?: CallOptions): Promise<void>;
  /** Ends every session of the account. API keys stay good. */
  logoutEverywhere(options?: CallOptions): Promise<void>;
  /** Ends every other session. Refused with 401 for a wrong one. */
  changePassword(request: PasswordRequest, options?: CallOptions): Promise<void>;
  /** Stands for the caller in `?ticket=` of a WebSocket or an event stream, once. */
  ticket(options?: CallOptions): Promise<Answer<'Ticket'>>;
  /** The account of the caller. */
  me(options?: CallOptions): Promise<User>;
  /** Newest first. */
  sessions(options?: CallOptions): Promise<Session[]>;
  /** Refused with 404. */
  endSession(sessionId: string, options?: CallOptions): Promise<void>;
  /** Newest first. */
  keys(options?: CallOptions): Promise<ApiKey[]>;
  /** `key` is shown here only. Refused with 403 to an API key, and 429 when there are too many. */
  createKey(request: KeyRequest, options?: CallOptions): Promise<Answer<'KeyCreated'>>;
  /** Refused with 404. */
  revokeKey(keyId: string, options?: CallOptions): Promise<void>;
  /** One page of accounts, newest first; for administrators. */
  users(query?: PageQuery, options?: CallOptions): Promise<Answer<'AccountPage'>>;
  /** Refused with 404, and 409 for one's own. */
  disableUser(userId: string, options?: CallOptions): Promise<Account>;
  /** Refused with 404. */
  enableUser(userId: string, options?: CallOptions): Promise<Account>;
  /** A link that signs its user in once, to choose another password. Refused with 404, and 409 for one's own. */
  resetPassword(userId: string, options?: CallOptions): Promise<Answer<'SignInLink'>>;
  /** Refused with 404, and 409 for one's own. */
  setRole(userId: string, role: Role, options?: CallOptions): Promise<Account>;
}

export function accountCalls(ask: Ask): AccountCalls {
  return {
    auth: ({ signal } = {}) => ask('auth', { signal }),
    signInProviders: async ({ signal } = {}) => (await ask('signInProviders', { signal })).providers,
    register: (body, { signal } = {}) => ask('register', { body, signal }),
    login: (body, { signal } = {}) => ask('login', { body, signal }),
    loginByLink: (token, { signal } = {}) => ask('loginByLink', { body: { token }, signal }),
    refresh: ({ signal } = {}) => ask('refresh', { signal }),
    logout: ({ signal } = {}) => ask('logout', { signal }),
    logoutEverywhere: ({ signal } = {}) => ask('logoutEverywhere', { signal }),
    changePassword: (body, { signal } = {}) => ask('changePassword', { body, signal }),
    ticket: ({ signal } = {}) => ask('ticket', { signal }),
    me: ({ signal } = {}) => ask('me', { signal }),
    sessions: async ({ signal } = {}) => (await ask('sessions', { signal })).sessions,
    endSession: (id, { signal } = {}) => ask('endSession', { id, signal }),
    keys: async ({ signal } = {}) => (await ask('keys', { signal })).keys,
    createKey: (body, { signal } = {}) => ask('createKey', { body, signal }),
    revokeKey: (id, { signal } = {}) => ask('revokeKey', { id, signal }),
    users: (query, { signal } = {}) => ask('users', { query, signal }),
    disableUser: (id, { signal } = {}) => ask('disableUser', { id, signal }),
    enableUser: (id, { signal } = {}) => ask('enableUser', { id, signal }),
    resetPassword: (id, { signal } = {}) => ask('resetPassword', { id, signal }),
    setRole: (id, role, { signal } = {}) => ask('setRole', { id, body: { role }, signal }),
  };
}
