/**
 * How many live slots can compute a kind, from the heartbeats of the workers.
 *
 * Invariant: a worker counts from its first heartbeat until its key leaves the bucket (it died or stopped) or it states that it drains. The
 * number only sizes windows and leases, so being late by a heartbeat costs speed, never truth.
 */
import type { Bucket, BucketEntry } from '@manyhands/nats';
import { decode, ifReadable, WorkerHeartbeat } from '@manyhands/proto';
import { slotsOf } from '@manyhands/proto/worker-slots';

export class LiveSlots {
  /** Called for kinds whose number of slots has changed. */
  changed: (kinds: ReadonlySet<string>) => void = () => {};
  readonly #workers = new Map<string, WorkerSlots>();
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
    const kinds = new Set([...(before?.keys() ?? []), ...(heartbeat?.kinds ?? [])]);
    const slotsBefore = new Map([...kinds].map((kind) => [kind, this.slotsOf(kind)]));
    this.#count(before, -1);
    if (heartbeat === undefined || heartbeat.draining) this.#workers.delete(key);
    else this.#workers.set(key, slotsByKind(heartbeat));
    this.#count(this.#workers.get(key), 1);
    const differing = [...kinds].filter((kind) => this.slotsOf(kind) !== slotsBefore.get(kind));
    if (differing.length > 0) this.changed(new Set(differing));
  }

  #count(worker: WorkerSlots | undefined, sign: 1 | -1): void {
    for (const [kind, slots] of worker ?? []) this.#byKind.set(kind, this.slotsOf(kind) + sign * slots);
  }
}

/** By kind. */
type WorkerSlots = ReadonlyMap<string, number>;

function slotsByKind(heartbeat: WorkerHeartbeat): WorkerSlots {
  return new Map(heartbeat.kinds.map((kind) => [kind, slotsOf(heartbeat, kind).slots]));
}

function readable(value: Uint8Array): WorkerHeartbeat | undefined {
  return ifReadable(() => decode(WorkerHeartbeat, value));
}
