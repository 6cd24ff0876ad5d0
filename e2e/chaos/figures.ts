/** The figures of a run, from its history. Pure. */
import { isFinal } from '@manyhands/proto';
import { only, type Entry } from './history.ts';

export interface Figures {
  jobs: number;
  chunks: number;
  statuses: Readonly<Record<string, number>>;
  faults: Readonly<Record<string, number>>;
  /** Crash points at which a process died. */
  crashPoints: number;
  /** Submits that were not accepted; whether they were stored is open. */
  refusedSubmits: number;
  /** Submits sent again although they were accepted. */
  repeatedSubmits: number;
  /** The longest a user had to repeat a submit until it was accepted, in milliseconds. */
  acceptedMsMax: number;
  /** Results of leases that were handed over more than once. */
  redeliveredLeases: number;
  /** Spans that were computed and stored although their chunks were already done. */
  duplicateResults: number;
  /** Chunks in stored results beyond each job's total, as a share of all. */
  reexecutedShare: number;
  /**
   * Milliseconds from the end of a fault to the first chunk counted after it, for each job that the fault found begun and not ended: one value
   * a fault and job. A kill ends when it strikes; a pause, cut-off or partition when it is lifted, and what a job did meanwhile is 0. Left out
   * where the broker was hit again before that step: then the later fault is what is recovered from.
   */
  recoveryMs: Spread;
  /** Milliseconds: the longest time each job stood still once it was running. */
  stallMs: Spread;
  /** Present after a redelivery storm. */
  storm?: { inFlight: number; drainedInMs: number };
  /** Milliseconds each process took to drain, in a rolling restart. */
  drainMs?: Readonly<Record<string, number>>;
}

export interface Spread {
  count: number;
  p50: number;
  p99: number;
  max: number;
}

export function figuresOf(entries: readonly Entry[]): Figures {
  const ends = only(entries, 'ended');
  const completed = ends.filter(({ status }) => status === 'completed');
  const results = only(entries, 'stored-result');
  const chunks = completed.reduce((sum, { total }) => sum + total, 0);
  const done = new Set(completed.map(({ job }) => job));
  const computed = results.reduce(
    (sum, { job, about, type, left = 0 }) =>
      sum + (done.has(job) && type === 'LeaseComputed' && about.op === 'compute' ? about.end - about.begin - left : 0),
    0,
  );
  return {
    jobs: ends.length,
    chunks,
    statuses: counts(ends.map(({ status }) => status)),
    faults: counts(
      only(entries, 'fault').map(
        ({ fault, hit }) => `${fault.kind} ${fault.kind === 'partition' ? fault.shape : hit.replace(/-\d+$/, '')}`,
      ),
    ),
    crashPoints: only(entries, 'crashed').length,
    refusedSubmits: only(entries, 'refused').length,
    repeatedSubmits: only(entries, 'repeated').length,
    acceptedMsMax: only(entries, 'submitted').reduce((longest, { afterMs }) => Math.max(longest, afterMs), 0),
    redeliveredLeases: results.filter(({ delivery }) => delivery > 1).length,
    duplicateResults: ends.reduce((sum, { duplicates }) => sum + duplicates, 0),
    reexecutedShare: chunks === 0 ? 0 : (computed - chunks) / chunks,
    recoveryMs: spreadOf(recoveries(entries)),
    stallMs: spreadOf(stalls(entries)),
    ...stormOf(entries),
    ...drainsOf(entries),
  };
}

function stormOf(entries: readonly Entry[]): Pick<Figures, 'storm'> {
  const storm = only(entries, 'storm').at(-1);
  return storm === undefined ? {} : { storm: { inFlight: storm.inFlight, drainedInMs: storm.drainedInMs } };
}

function drainsOf(entries: readonly Entry[]): Pick<Figures, 'drainMs'> {
  const replaced = only(entries, 'replaced');
  return replaced.length === 0 ? {} : { drainMs: Object.fromEntries(replaced.map(({ process, tookMs }) => [process, tookMs])) };
}

/** When each job got further, as its bucket showed it. */
function advances(entries: readonly Entry[]): Map<string, number[]> {
  const byJob = new Map<string, { counted: number; atMs: number[] }>();
  for (const { job, atMs, completed, failed, status } of only(entries, 'revision')) {
    const known = byJob.get(job) ?? { counted: -1, atMs: [] };
    byJob.set(job, known);
    if (completed + failed <= known.counted && !isFinal(status)) continue;
    known.counted = completed + failed;
    known.atMs.push(atMs);
  }
  return new Map([...byJob].map(([job, { atMs }]) => [job, atMs]));
}

function recoveries(entries: readonly Entry[]): number[] {
  const jobs = [...advances(entries).values()];
  const faults = only(entries, 'fault').map(({ atMs, fault }) => ({
    atMs,
    untilMs: atMs + ('forMs' in fault ? fault.forMs : 0),
    ofBroker: 'role' in fault,
  }));
  return faults.flatMap(({ atMs: hitAtMs, untilMs }) => {
    const hitAgainAtMs = Math.min(
      Infinity,
      ...faults.filter(({ ofBroker, atMs }) => ofBroker && atMs > hitAtMs).map(({ atMs }) => atMs),
    );
    return jobs.flatMap((atMs) => {
      const next = atMs.find((at) => at > hitAtMs);
      return atMs[0]! <= hitAtMs && next !== undefined && next < hitAgainAtMs ? [Math.max(0, next - untilMs)] : [];
    });
  });
}

function stalls(entries: readonly Entry[]): number[] {
  return [...advances(entries).values()]
    .filter((atMs) => atMs.length > 1)
    .map((atMs) => Math.max(...atMs.slice(1).map((at, index) => at - atMs[index]!)));
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0 };
}

function counts(keys: readonly string[]): Record<string, number> {
  const counted: Record<string, number> = {};
  for (const key of keys.toSorted()) counted[key] = (counted[key] ?? 0) + 1;
  return counted;
}
