/**
 * What goes wrong, and when it is mended: crashes, freezes, cut and hanging connections, restarts of the broker, full streams, partitions that
 * move, a clock that goes back, leases that somebody removes, and what nobody can read.
 */
import { BUCKETS, eventSubjects, isFinal, keys, LOCAL_TENANT, mailboxSubjects, STREAMS } from '@manyhands/proto';
import type { SimulatedBroker } from './broker/simulated-broker.ts';
import type { CoordinatorProcess } from './process/coordinator-process.ts';
import { GIBBERISH } from './garbage.ts';
import type { Ledger } from './ledger.ts';
import { GatewayProcess } from './process/gateway-process.ts';
import type { SimulatedProcess } from './process/simulated-process.ts';
import type { Random } from './random.ts';
import type { SimulatedJob } from './scenario.ts';
import type { Schedule } from './schedule.ts';

export interface Crew {
  coordinators: CoordinatorProcess[];
  workers: SimulatedProcess[];
  others: readonly SimulatedProcess[];
  /** Starts another in the place of one that crashed. */
  replace(dead: SimulatedProcess): Promise<void>;
}

/** Longer than ack wait, pin timeout and request timeout. */
const LONG_MS_MAX = 40_000;
const RESTART_MS_MAX = 4_000;
const FAULTS = [
  'crash',
  'crash',
  'crash',
  'freeze',
  'hang',
  'cut',
  'cut',
  'restart',
  'hand over',
  'hand over',
  'full',
  'clock back',
  'work purged',
  'gibberish',
] as const;

export class Storm {
  readonly #schedule: Schedule;
  readonly #broker: SimulatedBroker;
  readonly #random: Random;
  readonly #crew: Crew;
  #repairs: { atMs: number; mend: () => Promise<void> }[] = [];
  readonly #jobs: readonly SimulatedJob[];
  readonly #ledger: Ledger;
  readonly #isDamagedTwice: boolean;
  #wasDamagedAtRest = false;
  readonly #tell: (line: string) => void;
  readonly faults: Record<string, number> = {};

  constructor(parts: {
    schedule: Schedule;
    broker: SimulatedBroker;
    random: Random;
    crew: Crew;
    jobs: readonly SimulatedJob[];
    ledger: Ledger;
    isDamagedTwice: boolean;
    tell?: (line: string) => void;
  }) {
    this.#isDamagedTwice = parts.isDamagedTwice;
    this.#jobs = parts.jobs;
    this.#ledger = parts.ledger;
    this.#tell = parts.tell ?? (() => undefined);
    this.#schedule = parts.schedule;
    this.#broker = parts.broker;
    this.#random = parts.random;
    this.#crew = parts.crew;
  }

  /** Mends what is due; with `all`, everything. */
  async mend(all = false): Promise<void> {
    if (this.#repairs.length === 0) return;
    const due = this.#repairs.filter(({ atMs }) => all || atMs <= this.#schedule.nowMs);
    this.#repairs = this.#repairs.filter((repair) => !due.includes(repair));
    for (const { mend } of due) await mend();
  }

  async strike(): Promise<void> {
    const random = this.#random;
    const { coordinators, workers, others } = this.#crew;
    const everyone = [...coordinators, ...workers, ...others].filter(({ alive }) => alive);
    const mortal = random.one([coordinators, workers]).filter(({ alive }) => alive);
    const victim = random.one(everyone);
    const what = random.one(FAULTS);
    this.faults[what] = (this.faults[what] ?? 0) + 1;
    this.#tell(`${what}${what === 'freeze' || what === 'hang' || what === 'cut' ? `: ${victim.name}` : ''}`);
    switch (what) {
      case 'crash':
        return this.#crash(random.one(mortal));
      case 'freeze':
        victim.frozenUntilMs = this.#schedule.nowMs + this.#howLong();
        return;
      case 'hang':
        return victim.connection.hang(this.#howLong());
      case 'cut':
        return this.#cut(victim);
      case 'restart':
        await this.#broker.restart();
        for (const one of everyone) this.#later(random.next() * RESTART_MS_MAX, () => one.connection.heal());
        return;
      case 'full':
        this.#broker.fullUntilMs.set(random.one([...this.#broker.streams.keys()]), this.#schedule.nowMs + this.#howLong() / 4);
        return;
      case 'clock back':
        this.#broker.clockAheadMs -= random.one([2_000, 60_000, 3_600_000]);
        return;
      case 'work purged':
        this.#broker.stream(STREAMS.work.name).purge('>');
        return;
      case 'gibberish':
        return this.#garble(random.one(this.#jobs));
      case 'hand over': {
        const owner = random.one(coordinators.filter(({ alive }) => alive));
        return owner && this.#schedule.doAs(owner, () => owner.handOver());
      }
    }
  }

  /** Something that no release can read comes into a mailbox, or takes the place of a saved state or a view. */
  async #garble(job: SimulatedJob): Promise<void> {
    const { others } = this.#crew;
    const gateway = others.find((one) => one instanceof GatewayProcess);
    switch (this.#random.one(['mail', 'snapshot', 'view'])) {
      case 'mail':
        return gateway && this.#schedule.doAs(gateway, () => void gateway.garble(job));
      case 'snapshot':
        return void this.#damageState(job);
      case 'view':
        // One that is final nobody looks at again.
        if (!isFinal(this.#ledger.views.get(job.id)?.status ?? 'pending'))
          this.#replace(BUCKETS.jobs.name, keys.job(LOCAL_TENANT, job.id), job);
    }
  }

  /** Everybody has ended: what is kept of some for a requeue becomes unreadable, once. Whether anything did. */
  damageAtRest(): boolean {
    if (!this.#isDamagedTwice || this.#wasDamagedAtRest) return false;
    this.#wasDamagedAtRest = true;
    const damaged = this.#jobs.filter((job) => this.#damageState(job));
    for (const job of damaged) if (this.#random.chance(0.3)) this.#forgetEnds(job);
    return damaged.length > 0;
  }

  /** Whether there was anything. */
  #damageState(job: SimulatedJob): boolean {
    const key = keys.jobState(job.id);
    const isRemoved = this.#broker.stream(`KV_${BUCKETS.jobState.name}`).last(`$KV.${BUCKETS.jobState.name}.${key}`)?.removal;
    if (!this.#replace(BUCKETS.jobState.name, key, job)) return false;
    if (!this.#isDamagedTwice || isRemoved === true) return false;
    this.faults['damaged twice'] = (this.faults['damaged twice'] ?? 0) + 1;
    return this.#replace(BUCKETS.jobs.name, keys.job(LOCAL_TENANT, job.id), job);
  }

  /** As when EVENTS is full, and drops its oldest. A submission that came again would be all that is left, and the job run anew. */
  #forgetEnds({ id }: SimulatedJob): void {
    if (this.#broker.stream(STREAMS.mailbox.name).last(mailboxSubjects.submit(id)) !== undefined) return;
    this.#broker.stream(STREAMS.events.name).purge(eventSubjects.finishedOfJob(LOCAL_TENANT, id));
    this.#ledger.forgetEnds(id);
  }

  /** Whether there was anything. */
  #replace(bucket: string, key: string, { id }: SimulatedJob): boolean {
    const subject = `$KV.${bucket}.${key}`;
    const isThere = this.#broker.replace(`KV_${bucket}`, subject, new TextEncoder().encode(GIBBERISH));
    if (isThere) this.#ledger.forget(subject, id);
    return isThere;
  }

  #crash(victim: SimulatedProcess | undefined): void {
    if (victim === undefined) return;
    victim.crash();
    this.#later(this.#random.next() * RESTART_MS_MAX, () => this.#crew.replace(victim));
  }

  async #cut(victim: SimulatedProcess): Promise<void> {
    await victim.connection.cut();
    this.#later(this.#random.next() * RESTART_MS_MAX, () => victim.connection.heal());
  }

  #howLong(): number {
    return this.#random.next() ** 2 * LONG_MS_MAX;
  }

  #later(ms: number, mend: () => Promise<void>): void {
    this.#repairs.push({ atMs: this.#schedule.nowMs + ms, mend });
    // So that an idle clock does not jump over it.
    this.#schedule.after(ms, () => undefined);
  }
}
