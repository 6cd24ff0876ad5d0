/** What the REST API answers about accounts: part of `ANSWERS`. */
import { z } from 'zod';

/** What an API key may be good for; a user who signed in may do all that their role may. `admin` is of use to administrators only. */
export const SCOPES = ['read', 'write', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** What an account may do. */
export const ROLES = ['user', 'admin'] as const;
export type Role = (typeof ROLES)[number];

const at = z.iso.datetime();

const UserView = z.object({
  user_id: z.string(),
  email: z.string().nullable().describe('Null: none is known.'),
  role: z.enum(ROLES),
  created_at: at.nullable().describe('Null where there are no accounts (`AUTH=off`).'),
  has_password: z.boolean().describe('Whether it can sign in with one.'),
  external: z
    .object({ issuer: z.string(), subject: z.string() })
    .nullable()
    .describe('Of a user of another provider, who that is there. Null: of none.'),
});

const KeyView = z.object({
  key_id: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  prefix: z.string().describe('How the key begins, to recognize it.'),
  created_at: at,
  expires_at: at.nullable().describe('Null: it does not.'),
  last_used_at: at.nullable().describe('To the minute. Null: never.'),
});

const AccountView = UserView.omit({ has_password: true }).extend({
  created_at: at,
  disabled_at: at.nullable().describe('Null: it may be used.'),
});

/** By name. */
export const ACCOUNT_ANSWERS = {
  AuthState: z.object({
    auth: z.enum(['on', 'off']).describe('`off`: there are no accounts, and every client may do everything.'),
    registration: z.boolean().describe('Whether `POST /v1/auth/register` makes accounts.'),
    providers: z.array(z.object({ name: z.string() })).describe('Whose tokens are taken, beside our own.'),
    session: z
      .boolean()
      .optional()
      .describe(
        'Whether the request had the cookie `mh_refresh`. Without it there is no session, and `POST /v1/auth/refresh` answers 401. Absent where there are no accounts.',
      ),
    kills_workers: z
      .literal(true)
      .optional()
      .describe('The welcome page may end a worker process (MANYHANDS_WORKER_KILL). Absent: it may not.'),
  }),
  SignInProviders: z.object({
    providers: z.array(
      z.object({ name: z.string(), start: z.string().describe('The address that a browser opens to sign in there.') }),
    ),
  }),
  SignedIn: z.object({
    access_token: z.string().describe('For `Authorization: Bearer`.'),
    expires_in: z.int().min(1).describe('Seconds; then `POST /v1/auth/refresh`.'),
    user: UserView,
  }),
  Ticket: z.object({
    ticket: z.string().describe('For `?ticket=`, once.'),
    expires_in: z.int().min(1).describe('Seconds.'),
  }),
  UserView,
  SessionList: z.object({
    sessions: z.array(
      z.object({
        session_id: z.string(),
        current: z.boolean().describe('Whether it is the one that asks.'),
        user_agent: z.string().nullable(),
        created_at: at,
        last_used_at: at,
        expires_at: at,
      }),
    ),
  }),
  KeyList: z.object({ keys: z.array(KeyView).describe('Newest first.') }),
  KeyCreated: KeyView.extend({ key: z.string().describe('The key itself. It is shown once: only its hash is stored.') }),
  AccountView,
  SignInLink: z.object({
    token: z.string().describe('What stands behind `/sign-in#link=` in the link. It is shown once.'),
    expires_at: at,
  }),
  AccountPage: z.object({ users: z.array(AccountView).describe('Newest first.'), next_cursor: z.string().nullable() }),
} as const;
