/**
 * What is known about the age of what the page shows. Pure.
 *
 *   starting: nothing came yet      live: it is the present      old: the gateway is silent, or does not know itself
 *   away: the gateway answers, NATS behind it does not           cut: there is no connection to the gateway
 */
import type { Connection } from './bridge.svelte.ts';
import type { Verdict } from './silence.ts';

export type Freshness = 'starting' | 'live' | 'old' | 'away' | 'cut';

export interface Signs {
  connection: Connection;
  everOpen: boolean;
  attempts: number;
  verdict: Verdict;
  current: boolean;
  natsAway: boolean;
  renewing: boolean;
}

export function freshnessOf({ connection, everOpen, attempts, verdict, current, natsAway, renewing }: Signs): Freshness {
  if (natsAway) return 'away';
  // A moment ago it was the present, and the next connection is under way.
  if (renewing) return 'live';
  // A first connection takes a moment, which is nothing to speak of.
  if (connection !== 'open') return connection === 'connecting' && attempts <= 1 && !everOpen ? 'starting' : 'cut';
  return !current || verdict === 'old' || verdict === 'dead' ? 'old' : 'live';
}

export function isPast(freshness: Freshness): boolean {
  return freshness === 'old' || freshness === 'away' || freshness === 'cut';
}
