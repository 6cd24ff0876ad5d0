/** What an account is asked for and changed by, as who is signed in. Failures are `ApiProblem`s. */
import { createClient, type Account, type ApiKey, type Session } from '@manyhands/sdk';
import { api, type ListPage } from '../api.ts';
import { session } from './session.svelte.ts';

/** Newest first. */
export async function fetchKeys(_limit: number, signal: AbortSignal): Promise<ListPage<ApiKey>> {
  return { items: await api.keys({ signal }), more: false };
}

export async function fetchSessions(_limit: number, signal: AbortSignal): Promise<ListPage<Session>> {
  return { items: await api.sessions({ signal }), more: false };
}

/** Of the whole system, for administrators; newest first. */
export async function fetchAccounts(limit: number, signal: AbortSignal): Promise<ListPage<Account>> {
  const page = await api.users({ limit }, { signal });
  return { items: page.users, more: page.next_cursor !== null };
}

/** Ends all other sessions. Sent once, not again with another token: 401 means that the old password is wrong. */
export async function changePassword(request: { old_password?: string; new_password: string; email?: string }): Promise<void> {
  const token = (await session.current()) ?? undefined;
  await createClient({ baseUrl: '', token: () => token }).changePassword(request);
}
