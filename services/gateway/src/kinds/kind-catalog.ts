/** What the workers have registered that they can compute, with each kind's parameters ready to be checked. */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { decode, KindRegistration } from '@manyhands/proto';
import { badRequest, cut, listed, unavailable } from '../edge/problem.ts';
import { itemCheck, rowCheck } from '../inputs/item-check.ts';
import type { RecordRules } from '../inputs/record-rules.ts';
import type { FeedEntry } from '../mirror/feed-entry.ts';
import { Feeds } from '../mirror/feeds.ts';
import { WorkerRoster } from '../workers/worker-roster.ts';
import { newestVersion } from './kind-version.ts';
import { compileParams, type ParamsCheck } from './params-check.ts';

export interface KnownKind {
  registration: KindRegistration;
  check: ParamsCheck;
  /** What is wrong with one record of its input; absent when any may be sent. */
  item?: NonNullable<RecordRules['check']>;
  /** The same of a row of CSV, whose fields are texts that the schema of the kind may read as something else. */
  row?: NonNullable<RecordRules['check']>;
}

@Injectable()
export class KindCatalog {
  readonly #log = new Logger('kinds');
  /** By the entry they were read from: a new registration is a new entry, so nothing goes stale. */
  readonly #read = new WeakMap<FeedEntry, KnownKind | 'unreadable'>();

  constructor(
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(WorkerRoster) private readonly roster: WorkerRoster,
  ) {
    // Compiled when a kind registers, not while the first job of it waits.
    feeds.kinds.listen((entry) => void (entry.gone || this.#kindOf(entry)));
  }

  /** Every kind as it is registered now, by name. Throws 503. */
  async listNow(): Promise<KindRegistration[]> {
    await this.feeds.confirm('kinds');
    return this.list();
  }

  /** Every kind known so far, by name. */
  list(): KindRegistration[] {
    const known = this.feeds.kinds.entries().map((entry) => this.#kindOf(entry)?.registration);
    return known.filter((registration) => registration !== undefined).sort((a, b) => a.kind.localeCompare(b.kind));
  }

  /** One kind, of a task the newest version that workers compute; throws 400 naming the known ones, or 503 while they are not known yet. */
  demand(name: string): KnownKind {
    const entry = this.feeds.kinds.get(newestVersion(name, this.list(), this.#isLive())?.kind ?? name);
    const kind = entry && this.#kindOf(entry);
    // Workers check parameters again, so that one registered since changes nothing for those accepted here.
    if (kind) return kind;
    if (!this.feeds.kinds.isCurrent)
      throw unavailable('The gateway does not yet know what the workers can compute; try again in a few seconds.');
    const known = this.list().map((registration) => registration.kind);
    if (known.length === 0)
      throw unavailable('No worker has registered a kind yet; start one (npm start does) and try again.', 5);
    throw badRequest(`Unknown kind "${cut(name)}"; known kinds: ${listed(known)}.`);
  }

  /** Whether a worker that takes leases computes a kind. */
  #isLive(): (kind: string) => boolean {
    const live = new Set(this.roster.live().flatMap((worker) => (worker.draining ? [] : worker.kinds)));
    return (kind) => live.has(kind);
  }

  #kindOf(entry: FeedEntry): KnownKind | undefined {
    let kind = this.#read.get(entry);
    if (kind === undefined) {
      kind = this.#understand(entry);
      this.#read.set(entry, kind);
    }
    return kind === 'unreadable' ? undefined : kind;
  }

  #understand(entry: FeedEntry): KnownKind | 'unreadable' {
    try {
      const registration = decode(KindRegistration, entry.value ?? new Uint8Array());
      const { params_schema: params, input } = registration;
      const item = input?.schema && itemCheck(input.schema);
      return {
        registration,
        check: compileParams(params),
        ...(input?.schema && item && { item, row: rowCheck(input.schema, item) }),
      };
    } catch (error) {
      this.#log.error(`the registration of kind "${entry.key}" cannot be used: ${(error as Error).message}`);
      return 'unreadable';
    }
  }
}
