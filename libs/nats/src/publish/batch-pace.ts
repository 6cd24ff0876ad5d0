/**
 * Which way of storing a batch is faster on this server. Pure.
 *
 * A server that flushes each message (`sync_interval: always`) takes long for a fast ingest and flushes an atomic batch once; one that flushes by
 * the clock is done with an ingest before it has opened the store of an atomic batch. The server does not report which it does, so both are tried and timed:
 * the faster one is taken, and the other again from time to time.
 */
export type BatchWay = 'ingest' | 'atomic';

export interface BatchPace {
  /** Milliseconds a batch of this size takes, by the way it was stored; absent when never tried. */
  readonly ms: Readonly<Partial<Record<BatchWay, number>>>;
  /** Batches since the slower way was tried. */
  readonly since: number;
}

/** Fewer messages than this are done by ingest before an atomic batch has begun, however the server flushes. Measured with 2 to 1000 messages on nats-server 2.15. */
export const ATOMIC_MESSAGES_MIN = 24;
export const UNKNOWN_PACE: BatchPace = { ms: {}, since: 0 };

/** The other way is tried for the first time after so many batches, so that what is rare stays with the way that is never very slow. */
const firstTryAfter = 8;
/** And again after so many, times how much slower it was: it costs less than 2 % then. */
const triedAgainAfter = 50;
/** A batch may have waited behind others, so a short time means more than a long one. */
const weight = { shorter: 0.5, longer: 0.05 };

export function wayOf({ ms, since }: BatchPace): BatchWay {
  if (ms.atomic === undefined) return 'atomic';
  if (ms.ingest === undefined) return since < firstTryAfter ? 'atomic' : 'ingest';
  const faster = ms.ingest < ms.atomic ? 'ingest' : 'atomic';
  const slower = faster === 'ingest' ? 'atomic' : 'ingest';
  return since < (triedAgainAfter * ms[slower]!) / ms[faster]! ? faster : slower;
}

/** What is known after a batch took `tookMs`. */
export function paceAfter(pace: BatchPace, way: BatchWay, tookMs: number): BatchPace {
  const known = pace.ms[way];
  const ms = {
    ...pace.ms,
    [way]: known === undefined ? tookMs : known + (tookMs - known) * (tookMs < known ? weight.shorter : weight.longer),
  };
  const slower = (ms.ingest ?? Infinity) < (ms.atomic ?? Infinity) ? 'atomic' : 'ingest';
  return { ms, since: way === slower ? 0 : pace.since + 1 };
}

/** Batches of one size are compared with each other: an atomic batch costs most before its first message. Sizes are powers of two. */
export function sizeClass(messageCount: number): number {
  return Math.ceil(Math.log2(messageCount));
}
