/** Who is there and how busy: workers, kinds and queue statistics, live for as long as the tab is open. */
import type { QueueStats, WorkerHeartbeat } from '@manyhands/proto';
import { sharedOf, threadsOf } from '@manyhands/proto/worker-slots';
import { alphabetical } from '../alphabetical.ts';
import { api, type KnownKind } from '../api.ts';
import { bridge } from '../bridge.svelte.ts';
import { clock } from '../clock.svelte.ts';
import { LiveValues } from '../live-values.ts';
import { sampleOf, seeded, withSample, type Sample } from './throughput.ts';

/** Measurements come each second; after so many without one, what is known is no measure of now. */
const lateSec = 10;

class Cluster {
  workers = $state.raw<WorkerHeartbeat[]>([]);
  kinds = $state.raw<KnownKind[]>([]);
  stats = $state.raw<QueueStats | null>(null);
  samples = $state.raw<Sample[]>([]);
  /** Whether the workers are known at all yet; an empty list means something only then. */
  known = $state(false);

  /** Whether the kinds are known: by the bridge, or by REST before it. */
  kindsKnown = $state(false);

  #measuredMs = $state(0);
  /** Seconds since the last measurement, where that is long: what measures is away. 0: it comes as it should. */
  lateSec = $derived.by(() => {
    const ageSec = this.stats ? Math.round((clock.elapsed - this.#measuredMs) / 1_000) : 0;
    return ageSec >= lateSec ? ageSec : 0;
  });

  /** Whether it is known what was measured, or that nothing was. */
  statsKnown = $state(false);

  /** With a thread each: how busy they are is how busy the machines are. */
  slots = $derived(this.workers.reduce((sum, worker) => sum + threadsOf(worker).slots, 0));
  busySlots = $derived(this.workers.reduce((sum, worker) => sum + threadsOf(worker).busy, 0));

  /** Of kinds that wait, many in one thread. */
  sharedBusy = $derived(this.workers.reduce((sum, worker) => sum + sharedOf(worker).busy, 0));

  #unlisten: (() => void)[] = [];

  /** What the whole system does is for administrators: for others there are no statistics. */
  start({ isAdmin }: { isAdmin: boolean }): void {
    this.#unlisten = [
      this.#follow<WorkerHeartbeat>(
        'workers',
        (workers) => {
          this.workers = workers.sort((a, b) => alphabetical(`${a.host} ${a.worker}`, `${b.host} ${b.worker}`));
        },
        () => (this.known = true),
      ),
      this.#follow<KnownKind>(
        'kinds',
        (kinds) => this.#showKinds(kinds),
        () => (this.kindsKnown = true),
      ),
    ];
    void this.loadKinds();
    if (!isAdmin) return;
    this.#unlisten.push(
      this.#follow<QueueStats>(
        'stats',
        (all) => this.#showStats(all.find((each) => each.type === 'QueueStats') ?? null),
        () => (this.statsKnown = true),
      ),
    );
  }

  stop(): void {
    for (const unlisten of this.#unlisten) unlisten();
  }

  /** Workers that compute this kind. */
  workersOf(kind: string): number {
    return this.workers.filter((worker) => worker.kinds.includes(kind) && !worker.draining).length;
  }

  /** The kinds by REST, for a first picture before the bridge has them. */
  async loadKinds(): Promise<void> {
    const kinds = await api.kinds().catch(() => null);
    if (!kinds) return;
    if (this.kinds.length === 0) this.#showKinds(kinds);
    this.kindsKnown = true;
  }

  /** What was measured before this tab was open, for administrators. */
  async loadThroughput(): Promise<void> {
    const samples = await api.throughput().catch(() => null);
    if (samples) this.samples = seeded(this.samples, samples.map(sampleOf));
  }

  #showKinds(kinds: readonly KnownKind[]): void {
    this.kinds = [...kinds].sort((a, b) => alphabetical(a.title, b.title));
  }

  #showStats(stats: QueueStats | null): void {
    if (stats?.at !== this.stats?.at) this.#measuredMs = performance.now();
    this.stats = stats;
    if (!stats) return;
    this.samples = withSample(this.samples, sampleOf(stats));
  }

  #follow<T>(topic: 'workers' | 'kinds' | 'stats', show: (values: T[]) => void, replayed?: () => void): () => void {
    const live = new LiveValues<T>();
    return bridge.listen(topic, {
      restart: () => live.restart(),
      frames: (frames) => {
        const changed = frames.filter((frame) => live.offer(frame));
        if (changed.length > 0) show(live.values());
      },
      replayed: () => {
        if (live.replayed()) show(live.values());
        replayed?.();
      },
    });
  }
}

export const cluster = new Cluster();
