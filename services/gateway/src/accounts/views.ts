/** What is shown of the records of bucket `identity`: never a hash. Pure. */
import type { Answer } from '@manyhands/proto';
import { KEY_PREFIX } from '../identity/identification.ts';
import type { ApiKey, Session, User } from '../identity/records.ts';

export function userView({ user_id, email, role, created_at, password, external }: User): Answer<'UserView'> {
  return { user_id, email, role, created_at, has_password: password !== null, external: external ?? null };
}

export function accountView({ user_id, email, role, created_at, disabled_at, external }: User): Answer<'AccountView'> {
  return { user_id, email, role, created_at, disabled_at, external: external ?? null };
}

export function keyView({
  key_id,
  name,
  scopes,
  created_at,
  expires_at,
  last_used_at,
}: ApiKey): Answer<'KeyList'>['keys'][number] {
  return { key_id, name, scopes, prefix: `${KEY_PREFIX}${key_id}`, created_at, expires_at, last_used_at };
}

export function sessionView(
  { session_id, user_agent, created_at, rotated_at, expires_at }: Session,
  asking: string | undefined,
): Answer<'SessionList'>['sessions'][number] {
  return { session_id, current: session_id === asking, user_agent, created_at, last_used_at: rotated_at, expires_at };
}
