/**
 * Takes turns of rates that all workers share, out of bucket `pace`.
 *
 * Invariant: what is taken was written by compare-and-set over what was read, so no turn is taken twice. It goes on until it has turns or none are wanted:
 * while NATS is away, calls wait.
 */
import { decode, encode, ifReadable, isManyhandsError, keys, PaceState } from '@manyhands/proto';
import type { Bucket } from '@manyhands/nats';
import type { Logger } from '@manyhands/observe';
import { reserve } from './gcra.ts';
import type { TakenTurns } from './pace-line.ts';
import type { ServerClock } from './server-clock.ts';

/** Workers that wait for the same moment look at different ones. */
const APART_MS = 100;
const CONFLICT_APART_MS = 20;
const UNREACHABLE_MS = 1_000;
/** A rate of which another worker took turns that were due in that time is shared. */
const SHARED_MS = 1_000;

interface Page {
  name: string;
  perSec: number;
  /** Revision that was written last. */
  written: number | undefined;
}

export class PaceBook {
  readonly #bucket: Pick<Bucket, 'get' | 'update'>;
  readonly #clock: Pick<ServerClock, 'aheadMs'>;
  readonly #log: Pick<Logger, 'warn'>;
  #closed = false;

  constructor(bucket: Pick<Bucket, 'get' | 'update'>, clock: Pick<ServerClock, 'aheadMs'>, log: Pick<Logger, 'warn'>) {
    this.#bucket = bucket;
    this.#clock = clock;
    this.#log = log;
  }

  close(): void {
    this.#closed = true;
  }

  /** What takes turns for one line: for as many calls as `wanted` returns by then. Times are by the clock of this machine. */
  taker(name: string, perSec: number): (wanted: () => number) => Promise<TakenTurns | 'none wanted' | 'closed'> {
    const page: Page = { name, perSec, written: undefined };
    return (wanted) => this.#take(page, wanted);
  }

  async #take(page: Page, wanted: () => number): Promise<TakenTurns | 'none wanted' | 'closed'> {
    while (!this.#closed) {
      if (wanted() <= 0) return 'none wanted';
      const taken = await this.#tryTaking(page, wanted);
      if (typeof taken !== 'number') return taken;
      await new Promise((resume) => setTimeout(resume, taken));
    }
    return 'closed';
  }

  /** Or after how many milliseconds to try again. */
  async #tryTaking(page: Page, wanted: () => number): Promise<TakenTurns | number> {
    const { name, perSec } = page;
    const key = keys.pace(Buffer.from(name).toString('base64url'));
    try {
      const aheadMs = await this.#clock.aheadMs();
      const entry = await this.#bucket.get(key);
      const present = entry?.value && ifReadable(() => decode(PaceState, entry.value!));
      const nowMs = Date.now() + aheadMs;
      const reservation = reserve(present, nowMs, perSec, Math.max(1, wanted()));
      if (reservation.is === 'later') return reservation.inMs + Math.random() * APART_MS;
      const { firstAtMs, everyMs, count, nextAtMs } = reservation;
      const next: PaceState = { v: 1, type: 'PaceState', name, per_sec: perSec, next_at_ms: nextAtMs };
      const isOthers = page.written !== undefined && page.written !== entry?.revision;
      const isShared = isOthers && present !== undefined && present.next_at_ms > nowMs - SHARED_MS;
      page.written = await this.#bucket.update(key, encode(next), entry?.revision ?? 0);
      return { firstAtMs: firstAtMs - aheadMs, everyMs, count, isShared };
    } catch (error) {
      if (isManyhandsError(error, 'revision_conflict')) return Math.random() * CONFLICT_APART_MS;
      this.#log.warn({ err: error }, `calls under the rate "${name}" wait: their turns could not be stored`);
      return UNREACHABLE_MS;
    }
  }
}
