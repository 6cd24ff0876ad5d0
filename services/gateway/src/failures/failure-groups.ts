/**
 * The dead letters of a tenant by what went wrong, over all of its jobs.
 *
 * Invariant: an answer is of the letters as they are stored when it is asked for. What was grouped is used again only while no letter has come or gone: the stream
 * then has the same last sequence and the same number of bytes.
 *
 * Grouped here, and not kept up to date all the time: letters are few, and looked at seldom. Of very many the newest are read, one tenant at a time, each of whom
 * waits once, and a part at a time, so that nothing else of the gateway waits for it.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { fillingOf, lastSequenceOf } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { deadSubjects, limits } from '@manyhands/proto';
import { groupingOf } from '@manyhands/proto/failure-groups';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { ALL_TENANTS } from '../identity/caller.ts';
import { readable } from '../jobs/dead-letters.ts';
import { fingerprintOf, type Letter, type LetterGroup } from './group-view.ts';
import { newestLetters } from './newest-letters.ts';
import { OneEach } from './one-each.ts';

interface Grouped {
  /** Those with most letters first. */
  groups: LetterGroup[];
  /** Letters that were looked at. */
  letters: number;
  /** Whether these are all there are. */
  complete: boolean;
}

/** Letters that are read and grouped before other work has its turn: about 5 ms. */
const AT_A_TIME = 100;
/** Milliseconds for which groups are kept; on a cluster a replica may have been behind. */
const KEPT_MS = 10_000;
/** Tenants whose groups are kept. */
const KEPT_MAX = 16;
/** Milliseconds in which the letters have to be read: up to some ten megabytes. */
const READ_MS = 5_000;

const tooSlow = 'The dead letters could not be read in time because NATS does not answer; try again in a few seconds.';

interface Kept {
  /** Of the stream, when they were asked for. */
  state: string;
  grouped: Promise<Grouped>;
}

@Injectable()
export class FailureGroups {
  readonly #kept = new Map<string, Kept>();
  /** By tenant. */
  readonly #grouping = new OneEach<Grouped>();

  constructor(@Inject(BrokerLink) private readonly link: BrokerLink) {}

  /** Of one tenant, or of all (`ALL_TENANTS`). Throws `unavailable`. */
  async read(tenant: string): Promise<Grouped> {
    const state = await this.#state();
    const kept = this.#kept.get(tenant);
    if (kept?.state === state) return kept.grouped;
    const grouped = this.#grouping.of(tenant, () => this.#gather(tenant));
    this.#keep(tenant, { state, grouped });
    return grouped;
  }

  /** Undefined: no letter has this fingerprint. Throws `unavailable`. */
  async find(tenant: string, fingerprint: string): Promise<LetterGroup | undefined> {
    const { groups } = await this.read(tenant);
    return groups.find((group) => group.fingerprint === fingerprint);
  }

  #keep(tenant: string, kept: Kept): void {
    const forget = (): void => {
      if (this.#kept.get(tenant) === kept) this.#kept.delete(tenant);
    };
    this.#kept.delete(tenant);
    this.#kept.set(tenant, kept);
    if (this.#kept.size > KEPT_MAX) this.#kept.delete([...this.#kept.keys()][0]!);
    kept.grouped.catch(forget);
    setTimeout(forget, KEPT_MS).unref();
  }

  async #state(): Promise<string> {
    const { broker } = this.link.bus();
    const [last, { bytes }] = await withDeadline(
      Promise.all([lastSequenceOf(broker, 'dead'), fillingOf(broker, 'dead')]),
      tooSlow,
    );
    return `${last} ${bytes}`;
  }

  #gather(tenant: string): Promise<Grouped> {
    const subject = tenant === ALL_TENANTS ? deadSubjects.ofAllTenants() : deadSubjects.chunksOf(tenant);
    return groupedLetters(this.link.bus().broker, subject, limits.failureLettersMax);
  }
}

/** Of the newest letters of a filter, at most `most` of them. Throws `unavailable`. */
export async function groupedLetters(broker: Broker, subject: string, most: number): Promise<Grouped> {
  const { stored, complete } = await withDeadline(newestLetters(broker, subject, most), tooSlow, READ_MS);
  const grouping = groupingOf<Letter>();
  for (let from = 0; from < stored.length; from += AT_A_TIME) {
    if (from > 0) await nextTurn();
    for (const { sequence, data } of stored.slice(from, from + AT_A_TIME))
      for (const { v: _v, type: _type, runs: _runs, ...letter } of readable(data)) grouping.add({ ...letter, sequence });
  }
  const groups = grouping
    .groups()
    .map(({ key, code, message, failures }) => ({ fingerprint: fingerprintOf(key), code, message, failures }));
  return { groups, letters: groups.reduce((sum, { failures }) => sum + failures.length, 0), complete };
}
