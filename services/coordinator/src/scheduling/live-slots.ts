/**
 * How many live slots can compute a kind, and how many of them inside bubblewrap, from the heartbeats of the workers.
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
  /** By kind; of a kind's confined slots under `confinedOf`. */
  readonly #slots = new Map<string, number>();

  /** `confined`: those alone that run sandboxed kinds inside bubblewrap. */
  slotsOf(kind: string, confined = false): number {
    return this.#slots.get(confined ? confinedOf(kind) : kind) ?? 0;
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
    const now = heartbeat === undefined || heartbeat.draining ? undefined : slotsIn(heartbeat);
    const names = [...new Set([...(before?.keys() ?? []), ...(now?.keys() ?? [])])];
    const slotsBefore = names.map((name) => this.slotsOf(name));
    this.#count(before, -1);
    if (now === undefined) this.#workers.delete(key);
    else this.#workers.set(key, now);
    this.#count(now, 1);
    const differing = names.filter((name, at) => this.slotsOf(name) !== slotsBefore[at]);
    if (differing.length > 0) this.changed(new Set(differing.map(kindIn)));
  }

  #count(worker: WorkerSlots | undefined, sign: 1 | -1): void {
    for (const [name, slots] of worker ?? []) this.#slots.set(name, this.slotsOf(name) + sign * slots);
  }
}

/** By kind, and by `confinedOf` a kind. */
type WorkerSlots = ReadonlyMap<string, number>;

function slotsIn(heartbeat: WorkerHeartbeat): WorkerSlots {
  const { kinds, unconfined = [] } = heartbeat;
  return new Map(
    kinds.flatMap((kind) => {
      const { slots } = slotsOf(heartbeat, kind);
      return [kind, ...(unconfined.includes(kind) ? [] : [confinedOf(kind)])].map((name) => [name, slots] as const);
    }),
  );
}

/** No kind has a space in its name. */
function confinedOf(kind: string): string {
  return `${kind} confined`;
}

function kindIn(name: string): string {
  return name.split(' ')[0]!;
}

function readable(value: Uint8Array): WorkerHeartbeat | undefined {
  return ifReadable(() => decode(WorkerHeartbeat, value));
}
