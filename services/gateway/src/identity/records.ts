/**
 * What bucket `identity` holds, by kind of key. No record has a password, a key or a token in it: only what a given one is held against.
 */
import { decode, ifReadable, JobId, ROLES, SCOPES, Tenant, UserId } from '@manyhands/proto';
import { z } from 'zod';

const v = z.literal(1);
const at = z.iso.datetime();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** An account. */
const User = z.object({
  v,
  type: z.literal('User'),
  user_id: UserId,
  /** Null: none is known, and it cannot sign in with a password. */
  email: z.string().nullable(),
  role: z.enum(ROLES),
  /** Argon2id, as PHC text. Null: it has none. */
  password: z.string().nullable(),
  created_at: at,
  /** Null: it may be used. */
  disabled_at: at.nullable(),
  /** Of a user of another provider, who that is there. Absent: of no such, or made by an earlier release. */
  external: z.object({ issuer: z.string(), subject: z.string() }).optional(),
});
export type User = z.infer<typeof User>;

/** Whose account a name is: an address, or the id of an account at another provider. Written with create, so it is one account's. */
const UserName = z.object({ v, type: z.literal('UserName'), user_id: UserId, created_at: at });

/** A browser, or another client, that signed in. */
const Session = z.object({
  v,
  type: z.literal('Session'),
  session_id: z.string(),
  user_id: UserId,
  /** Refresh tokens that are good now; more than one where an answer may have been lost. */
  current: z.array(sha256),
  /** Those that were good until `rotated_at`. */
  previous: z.array(sha256),
  rotated_at: at,
  created_at: at,
  expires_at: at,
  user_agent: z.string().nullable(),
});
export type Session = z.infer<typeof Session>;

const ApiKey = z.object({
  v,
  type: z.literal('ApiKey'),
  key_id: z.string(),
  user_id: UserId,
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  secret_sha256: sha256,
  created_at: at,
  expires_at: at.nullable(),
  last_used_at: at.nullable(),
});
export type ApiKey = z.infer<typeof ApiKey>;

/** Signs access tokens. */
const SigningKey = z.object({
  v,
  type: z.literal('SigningKey'),
  key_id: z.string(),
  created_at: at,
  jwk: z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), d: z.string() }),
});
export type SigningKey = z.infer<typeof SigningKey>;

/** Signs an account in, once, without its password. */
const SignInLink = z.object({ v, type: z.literal('SignInLink'), user_id: UserId, expires_at: at });

/** Stands for a caller at the door of a WebSocket or an event stream, once. */
const Ticket = z.object({
  v,
  type: z.literal('Ticket'),
  user_id: UserId,
  by: z.enum(['session', 'key', 'provider']),
  credential_id: z.string().nullable(),
  until: at.nullable(),
  expires_at: at,
});

/** Lets who has its token read one job, without an account. */
const ShareLink = z.object({
  v,
  type: z.literal('ShareLink'),
  share_id: z.string(),
  tenant: Tenant,
  job_id: JobId,
  secret_sha256: sha256,
  created_at: at,
  expires_at: at,
});
export type ShareLink = z.infer<typeof ShareLink>;

/** The administrator that the newest sign-in link of a start is for, and until when it is good; `asked`: the word of the setting that asked for it last. */
const FirstAdmin = z.object({ v, type: z.literal('FirstAdmin'), user_id: UserId, link_until: at, asked: z.string().optional() });

export const IdentityRecord = z.discriminatedUnion('type', [
  User,
  UserName,
  Session,
  ApiKey,
  SigningKey,
  SignInLink,
  Ticket,
  ShareLink,
  FirstAdmin,
]);
export type IdentityRecord = z.infer<typeof IdentityRecord>;
export type RecordType = IdentityRecord['type'];
export type RecordOf<Type extends RecordType> = Extract<IdentityRecord, { type: Type }>;

/** Undefined for what another release wrote. */
export function digestRecord(value: Uint8Array): IdentityRecord | undefined {
  return ifReadable(() => decode(IdentityRecord, value));
}
