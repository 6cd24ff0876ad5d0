/**
 * What is tried again and again without success while the server is there, logged once for as long as it lasts.
 *
 *   fine ──failed──▶ failing ──still failing after some seconds──▶ logged ──succeeded──▶ fine (logged, if the failure was)
 *
 * For loops that must continue whatever happens: without this their failures would not be logged. While the server is not reachable, what follows from that is not logged.
 */
import type { Broker } from './broker.ts';

/** A restart of the server, or a change of leaders, takes less. */
const SAID_AFTER_MS = 3_000;

type Connection = Pick<Broker, 'onConnected'>;

interface Account {
  connected: boolean;
  readonly listeners: Set<(sentence: string, error?: unknown) => void>;
  readonly failing: Map<string, { sinceMs: number; said: boolean }>;
}

const accounts = new WeakMap<Connection, Account>();

function accountOf(broker: Connection): Account {
  const known = accounts.get(broker);
  if (known !== undefined) return known;
  const account: Account = { connected: true, listeners: new Set(), failing: new Map() };
  accounts.set(broker, account);
  broker.onConnected((connected) => {
    account.connected = connected;
    // Whatever fails again after this is counted from then.
    account.failing.clear();
  });
  return account;
}

/** Returns how to stop. */
export function sayTroubles(broker: Connection, warn: (sentence: string, error?: unknown) => void): () => void {
  const { listeners } = accountOf(broker);
  listeners.add(warn);
  return () => listeners.delete(warn);
}

/** `what` is tried again, as in "reading stream WORK". */
export function troubled(broker: Connection, what: string, error: unknown, nowMs = performance.now()): void {
  const { connected, failing, listeners } = accountOf(broker);
  if (!connected) return;
  const trouble = failing.get(what) ?? { sinceMs: nowMs, said: false };
  failing.set(what, trouble);
  if (trouble.said || nowMs - trouble.sinceMs < SAID_AFTER_MS) return;
  trouble.said = true;
  const reason = error instanceof Error ? error.message : String(error);
  for (const warn of listeners)
    warn(
      `${what} has failed for ${((nowMs - trouble.sinceMs) / 1_000).toFixed(0)} s (${reason}); the service tries again`,
      error,
    );
}

export function untroubled(broker: Connection, what: string): void {
  const { failing, listeners } = accountOf(broker);
  const trouble = failing.get(what);
  if (trouble === undefined) return;
  failing.delete(what);
  if (trouble.said) for (const warn of listeners) warn(`${what} succeeds again`);
}
