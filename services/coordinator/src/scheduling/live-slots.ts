/**
 * How many live slots can compute a kind, from the heartbeats of the workers.
 *
 * Invariant: a worker counts from its first heartbeat until its key leaves the bucket (it died or stopped) or it states that it drains. The
 * number only sizes windows and leases, so being late by a heartbeat costs speed, never truth.
 */
import type { Bucket, BucketEntry } from '@manyhands/nats';
import { decode, ifReadable, WorkerHeartbeat } from '@manyhands/proto';

export class LiveSlots {
  /** Called for kinds whose number of slots has changed. */
  changed: (kinds: ReadonlySet<string>) => void = () => {};
  readonly #workers = new Map<string, Pick<WorkerHeartbeat, 'kinds' | 'slots'>>();
  readonly #byKind = new Map<string, number>();

  slotsOf(kind: string): number {
    return this.#byKind.get(kind) ?? 0;
  }

  /** Follows the bucket `workers`; resolves once all present workers are known. */
  async watch(workers: Bucket): Promise<{ stop(): Promise<void> }> {
    const { promise: current, resolve } = Promise.withResolvers<void>();
    const watching = await workers.watch('>', { entry: (entry) => this.hear(entry), current: resolve });
    await current;
    return watching;
  }

  hear({ key, value }: Pick<BucketEntry, 'key' | 'value'>): void {
    const heartbeat = value === undefined ? undefined : readable(value);
    const before = this.#workers.get(key);
    const kinds = new Set([...(before?.kinds ?? []), ...(heartbeat?.kinds ?? [])]);
    const slotsBefore = new Map([...kinds].map((kind) => [kind, this.slotsOf(kind)]));
    this.#count(before, -1);
    if (heartbeat === undefined || heartbeat.draining) this.#workers.delete(key);
    else this.#workers.set(key, { kinds: heartbeat.kinds, slots: heartbeat.slots });
    this.#count(this.#workers.get(key), 1);
    const differing = [...kinds].filter((kind) => this.slotsOf(kind) !== slotsBefore.get(kind));
    if (differing.length > 0) this.changed(new Set(differing));
  }

  #count(worker: Pick<WorkerHeartbeat, 'kinds' | 'slots'> | undefined, sign: 1 | -1): void {
    for (const kind of worker?.kinds ?? []) this.#byKind.set(kind, this.slotsOf(kind) + sign * worker!.slots);
  }
}

function readable(value: Uint8Array): WorkerHeartbeat | undefined {
  return ifReadable(() => decode(WorkerHeartbeat, value));
}
