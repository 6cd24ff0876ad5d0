/** For each heuristic the value with which it does nothing, and the reports of what that costs. */
import { heuristics, type Heuristics } from '../../../services/coordinator/src/scheduling/heuristics.ts';
import { runScenario, type Figures, type Scenario } from './one-run.ts';

export const OFF: Readonly<Record<keyof Heuristics, number>> = {
  leaseTargetMs: 0,
  waitingLeaseMs: 0,
  growthMax: Infinity,
  paceMemory: 0,
  tailParts: 0,
  leaseFloorMs: 0,
  waitingFloorMs: 0,
  widening: Infinity,
  shapesMax: 0,
  paceForgotten: Infinity,
  windowPerSlot: 1,
  shortLeaseMs: 0,
  longerMax: 1,
  windowMax: Infinity,
  boundedMs: 0,
  boundedLeasesMax: Infinity,
  retriedLeasesMax: Infinity,
  youngMs: 0,
  youngJobsMax: Infinity,
  issuedMax: Infinity,
  graceMs: Infinity,
  lateFactor: 0,
  copyFloorMs: 0,
  linesRunsMax: Infinity,
  linesTextBytesMax: Infinity,
  briefViewMs: 0,
  crowdViewMs: 200,
};

/** One figure of a scenario with all heuristics, and without one of them. */
export interface Cost {
  scenario: string;
  figure: keyof Figures;
  with: number;
  without: number;
}

/** So much more counts as worse; and so little of it never does: milliseconds, percent, messages, chunks. */
const WORSE = 1.05;
const LEAST: Figures = { makespan: 20, small: 5, idle: 2, messages: 20, wasted: 20 };

/** Runs `scenarios` with one heuristic at another value. */
export function figuresWith(scenarios: readonly Scenario[], name?: keyof Heuristics, value?: number): Figures[] {
  const usual = { ...heuristics };
  if (name !== undefined) heuristics[name] = value!;
  try {
    return scenarios.map(runScenario);
  } finally {
    Object.assign(heuristics, usual);
  }
}

/** What gets worse, the worst first. Pure. */
export function costsOf(scenarios: readonly Scenario[], usual: readonly Figures[], without: readonly Figures[]): Cost[] {
  const costs = scenarios.flatMap(({ name: scenario }, index) =>
    (Object.keys(LEAST) as (keyof Figures)[]).map((figure) => ({
      scenario,
      figure,
      with: usual[index]![figure],
      without: without[index]![figure],
    })),
  );
  return costs
    .filter((cost) => cost.without > cost.with * WORSE && cost.without - cost.with >= LEAST[cost.figure])
    .sort((one, other) => factorOf(other) - factorOf(one));
}

function factorOf({ figure, with: usual, without }: Cost): number {
  return without / Math.max(usual, LEAST[figure]);
}
