/** What a run of the bench found, as it is written to `.reports/bench.json` and read again for the docs. */
import type { Durability } from './contender.ts';
import type { Figures } from './workload.ts';

export interface Row {
  workload: string;
  /** Name of who ran it. */
  who: string;
  durability: Durability;
  figures: Readonly<Record<string, Spread>>;
}

/** Over the rounds. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

export interface BenchResult {
  /** ISO time of the end. */
  date: string;
  machine: {
    cores: number;
    cpu: string;
    memoryGb: number;
    platform: string;
    /** Share of all cores in use before anything was started. */ busyBefore: number;
  };
  rounds: number;
  /** By name of who, then of what. */
  versions: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Whoever could not run, or stopped running, and why. */
  skipped: readonly { who: string; why: string }[];
  rows: readonly Row[];
  /** Workloads that were measured by themselves after the others. */
  again?: readonly string[];
}

/** A run, with workloads of it replaced by those of a later one: whole, so that nobody is compared with somebody of another run. */
export function measuredAgain(before: BenchResult, later: BenchResult): BenchResult {
  const nameOf = ({ workload, durability }: Row): string => `${durability}: ${workload}`;
  const places = before.rows.map((row) => `${nameOf(row)} ${row.who}`);
  const placeOf = (row: Row): number => places.indexOf(`${nameOf(row)} ${row.who}`);
  const again = new Set(later.rows.map(nameOf));
  return {
    ...before,
    rows: [...before.rows.filter((row) => !again.has(nameOf(row))), ...later.rows].toSorted((a, b) => placeOf(a) - placeOf(b)),
    again: [...new Set([...(before.again ?? []), ...again])],
  };
}

export function spreadOf(runs: readonly Figures[]): Readonly<Record<string, Spread>> {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run)))];
  return Object.fromEntries(
    names.map((name) => {
      const sorted = runs.flatMap((run) => run[name] ?? []).sort((a, b) => a - b);
      return [name, { median: sorted[Math.floor(sorted.length / 2)]!, min: sorted[0]!, max: sorted.at(-1)! }];
    }),
  );
}

export function figureOf(
  result: BenchResult,
  durability: Durability,
  workload: string,
  who: string,
  figure: string,
): number | undefined {
  return result.rows.find((row) => row.durability === durability && row.workload === workload && row.who === who)?.figures[figure]
    ?.median;
}

export function formatted(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(value >= 10 ? 1 : 2);
}
