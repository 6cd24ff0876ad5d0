/**
 * Writes the worker's heartbeat into bucket workers: regularly, and soon after what it does has changed.
 *
 *   beating ──stop──▶ stopped (the key is removed)
 *
 * Invariant: never more than one write a second; the key outlives the last beat by `HEARTBEAT_TTL_MS`, so a dead worker leaves by itself.
 */
import { encode, HEARTBEAT_INTERVAL_MS, HEARTBEAT_TTL_MS, keys, type WorkerHeartbeat } from '@manyhands/proto';
import type { Bucket } from '@manyhands/nats';
import type { Logger } from '@manyhands/observe';
import { nextBeatMs } from './beat-schedule.ts';

export interface HeartbeatOptions {
  bucket: Pick<Bucket, 'put' | 'remove'>;
  workerId: string;
  /** What to publish now. */
  state: () => WorkerHeartbeat;
  log: Logger;
}

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #timer: NodeJS.Timeout | undefined;
  #beatAtMs = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> = Promise.resolve();
  #changed = false;
  #stopped = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** Writes the first beat; throws when even that fails. */
  async start(): Promise<void> {
    await this.#write();
    this.#schedule();
  }

  /** What the worker does has changed. */
  touch(): void {
    if (this.#changed || this.#stopped) return;
    this.#changed = true;
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#writing;
    await this.#options.bucket.remove(keys.worker(this.#options.workerId)).catch(() => undefined);
  }

  #schedule(): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => void this.#beat(),
      nextBeatMs(performance.now() - this.#beatAtMs, this.#changed, HEARTBEAT_INTERVAL_MS),
    );
    this.#timer.unref();
  }

  async #beat(): Promise<void> {
    this.#writing = this.#write().catch((error: unknown) =>
      this.#options.log.warn({ err: error, worker: this.#options.workerId }, 'a heartbeat could not be written'),
    );
    await this.#writing;
    this.#schedule();
  }

  async #write(): Promise<void> {
    this.#changed = false;
    this.#beatAtMs = performance.now();
    await this.#options.bucket.put(keys.worker(this.#options.workerId), encode(this.#options.state()), {
      ttlMs: HEARTBEAT_TTL_MS,
    });
  }
}
