/** The profiles that are no rows of faults but runs of their own, by name. Each prints what it saw and returns how many promises broke. */
import { containmentOf, tellContainment } from './containment/containment-profile.ts';
import { runContainment } from './containment/containment-run.ts';
import { LISTS, runLists, tellLists } from './proof/crashed-lists.ts';
import { FAILING, runFailing, tellFailing } from './proof/failing-million.ts';
import { fullSize, runFull, tellFull } from './proof/full-limits.ts';
import { runFrozen, tellFrozen } from './proof/frozen-purge.ts';
import { BYTES, runBytes, tellBytes } from './proof/hostile-bytes.ts';
import { LATE, runLate, tellLate } from './proof/late-coordinator.ts';
import { ROAMING, runRoaming, tellRoaming } from './proof/roaming.ts';
import { runReturning, tellReturning } from './proof/returning-owner.ts';
import { runYoung, tellYoung, YOUNG, YOUNG_SHORT } from './proof/young-schedules.ts';
import { ROLLING, ROLLING_SHORT, runRolling, tellRolling } from './proof/rolling-deploys.ts';
import { runSlips, SLIPS, SLIPS_SHORT, tellSlips } from './proof/slips.ts';
import { plantContainmentBugs } from './planted-containment.ts';
import { POISON, tellPoison } from './poison/poison-profile.ts';
import { runPoison } from './poison/poison-run.ts';

export interface ProofSetting {
  seed: number;
  /** Unset: what the proof says. */
  minutes: number | undefined;
  /** Of those that have several parts, the only one to run. */
  stage: string | undefined;
  /** Where the history goes. */
  folder: string;
  say: (line: string) => void;
}

export const PROOFS: Readonly<Record<string, (setting: ProofSetting) => Promise<number>>> = {
  poison: async ({ seed, folder, say }) => tellPoison(await runPoison(POISON, seed, folder, say)),
  containment: async ({ seed, minutes = 60, folder, say }) =>
    tellContainment(await runContainment(containmentOf(minutes), seed, folder, say), seed),
  'failing-million': async ({ seed, folder, say }) => tellFailing(await runFailing(FAILING, seed, folder, say)),
  'late-coordinator': async ({ seed, folder }) => tellLate(await runLate(LATE, seed, folder)),
  'full-limits': async ({ seed, minutes = 30, stage, folder, say }) =>
    tellFull(await runFull(fullSize(minutes, stage), seed, folder, say)),
  'frozen-purge': async ({ seed, folder }) => tellFrozen(await runFrozen(seed, folder)),
  'returning-owner': async ({ seed, folder }) => tellReturning(await runReturning(seed, folder)),
  'young-schedules': async ({ seed, folder }) => tellYoung(await runYoung(YOUNG, seed, folder)),
  roaming: async ({ seed, folder }) => tellRoaming(await runRoaming(ROAMING, seed, folder)),
  'hostile-bytes': async ({ seed, folder, say }) => tellBytes(await runBytes(BYTES, seed, folder, say)),
  'crashed-lists': async ({ seed, folder, say }) => tellLists(await runLists(LISTS, seed, folder, say)),
  slips: async ({ seed, folder, say }) => tellSlips(await runSlips(SLIPS, seed, folder, say)),
  'rolling-deploys': async ({ seed, folder }) => tellRolling(await runRolling(ROLLING, seed, folder)),
  'planted-containment': async ({ seed, folder, stage }) => plantContainmentBugs(seed, folder, stage),
};

/** What profile `ci` runs after its stages, most of it in its short form. */
export const CI_PROOFS: readonly ((setting: ProofSetting) => Promise<number>)[] = [
  async ({ seed, folder, say }) => tellSlips(await runSlips(SLIPS_SHORT, seed, folder, say)),
  async ({ seed, folder }) => tellRolling(await runRolling(ROLLING_SHORT, seed, folder)),
  async ({ seed, folder }) => tellYoung(await runYoung(YOUNG_SHORT, seed, folder)),
  // On three servers, one of which is frozen.
  async ({ seed, folder }) => tellRoaming(await runRoaming(ROAMING, seed, folder)),
];
