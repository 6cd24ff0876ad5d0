/**
 * The workers of the last minutes: those that are there, and those that left. Received from their heartbeats; a gateway that was started again begins again.
 *
 *   unknown ──heartbeat──▶ there ──its key is removed, or runs out──▶ gone ──`limits.goneWorkerMinutes`, or too many are──▶ unknown
 *                          there ◀──────────heartbeat──────────────── gone
 */
import { Inject, Injectable } from '@nestjs/common';
import { decode, ifReadable, limits, WorkerHeartbeat, type Answer } from '@manyhands/proto';
import { withoutSecrets } from '@manyhands/proto/settings';
import { sampleRow, withBeat, type WorkerSample } from '@manyhands/proto/worker-samples';
import { CONFIG, type GatewayConfig } from '../config.ts';
import type { FeedEntry } from '../mirror/feed-entry.ts';
import { Feeds } from '../mirror/feeds.ts';

interface Known {
  beat: WorkerHeartbeat;
  goneAtMs: number | null;
  samples: readonly WorkerSample[];
}

@Injectable()
export class WorkerRecord {
  readonly #known = new Map<string, Known>();

  constructor(
    @Inject(Feeds) private readonly feeds: Pick<Feeds, 'workers' | 'confirm'>,
    @Inject(CONFIG) private readonly config: Pick<GatewayConfig, 'natsUrl' | 'natsAccess'>,
  ) {
    feeds.workers.listen((entry) => this.#take(entry));
  }

  /** By worker id. Throws 503. */
  async now(): Promise<Answer<'WorkerRecord'>> {
    await this.feeds.confirm('workers');
    this.#forget();
    const workers = [...this.#known.values()].sort((one, other) => one.beat.worker.localeCompare(other.beat.worker));
    return {
      at: new Date(this.feeds.workers.serverNowMs).toISOString(),
      join: joinOf(this.config),
      workers: workers.map(({ beat: { v: _v, type: _type, ...worker }, goneAtMs, samples }) => ({
        worker,
        gone_at: goneAtMs === null ? null : new Date(goneAtMs).toISOString(),
        samples: samples.map(sampleRow),
      })),
    };
  }

  #take({ key, value }: FeedEntry): void {
    const nowMs = this.feeds.workers.serverNowMs;
    const known = this.#known.get(key);
    if (value === undefined) {
      if (known === undefined || known.goneAtMs !== null) return;
      // Behind all others: the first ones of them have been gone for the longest time.
      this.#known.delete(key);
      this.#known.set(key, { ...known, goneAtMs: nowMs });
      return this.#forget();
    }
    const beat = ifReadable(() => decode(WorkerHeartbeat, value));
    if (beat) this.#known.set(key, { beat, goneAtMs: null, samples: withBeat(known?.samples ?? [], beat, nowMs) });
  }

  #forget(): void {
    const oldestMs = this.feeds.workers.serverNowMs - limits.goneWorkerMinutes * 60_000;
    const gone = [...this.#known].filter(([, { goneAtMs }]) => goneAtMs !== null);
    for (const [at, [key, { goneAtMs }]] of gone.entries())
      if (goneAtMs! < oldestMs || at < gone.length - limits.goneWorkersMax) this.#known.delete(key);
  }
}

function joinOf({ natsUrl, natsAccess = {} }: Pick<GatewayConfig, 'natsUrl' | 'natsAccess'>): Answer<'WorkerRecord'>['join'] {
  const { nkey, creds, cert } = natsAccess;
  const by =
    nkey !== undefined
      ? 'nkey'
      : creds !== undefined
        ? 'creds'
        : cert !== undefined
          ? 'certificate'
          : natsUrl.includes('@')
            ? 'url'
            : 'nothing';
  return { nats_url: withoutSecrets(natsUrl).replaceAll('***@', ''), signs_in_by: by };
}
