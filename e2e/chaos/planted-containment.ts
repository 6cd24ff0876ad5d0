/** Plants each bug that undoes a part of the containment, and runs what must find it, in its short form. */
import { join } from 'node:path';
import { CONTAINMENT_PLANTED } from './containment/containment-profile.ts';
import { runContainment } from './containment/containment-run.ts';
import { FAILING_SHORT, runFailing } from './proof/failing-million.ts';
import { runFrozen } from './proof/frozen-purge.ts';
import { FULL_SHORT, runFull } from './proof/full-limits.ts';
import { BYTES_SHORT, runBytes } from './proof/hostile-bytes.ts';
import { LATE_SHORT, runLate } from './proof/late-coordinator.ts';
import { ROAMING_SHORT, runRoaming } from './proof/roaming.ts';
import { runReturning } from './proof/returning-owner.ts';
import { runYoung, YOUNG_SHORT } from './proof/young-schedules.ts';
import { ROLLING_SHORT, runRolling } from './proof/rolling-deploys.ts';
import { runSlips, SLIPS_SHORT } from './proof/slips.ts';
import { CONTAINMENT_BUGS, type ContainmentBug, type ContainmentBugName } from './tap/containment-bugs.ts';

const silently = (): void => undefined;

const FINDERS: Readonly<
  Record<ContainmentBug['foundBy'], (seed: number, folder: string, bug: ContainmentBugName) => Promise<{ violations: string[] }>>
> = {
  containment: (seed, folder, planted) => runContainment({ ...CONTAINMENT_PLANTED, planted }, seed, folder, silently),
  'failing-million': (seed, folder, planted) => runFailing(FAILING_SHORT, seed, folder, silently, planted),
  'late-coordinator': (seed, folder, planted) => runLate(LATE_SHORT, seed, folder, planted),
  'full-limits': (seed, folder, planted) => runFull(FULL_SHORT, seed, folder, silently, planted),
  'hostile-bytes': (seed, folder, planted) => runBytes(BYTES_SHORT, seed, folder, silently, planted),
  'frozen-purge': (seed, folder, planted) => runFrozen(seed, folder, planted),
  roaming: (seed, folder, planted) => runRoaming(ROAMING_SHORT, seed, folder, planted),
  'returning-owner': (seed, folder, planted) => runReturning(seed, folder, planted),
  'young-schedules': (seed, folder, planted) => runYoung(YOUNG_SHORT, seed, folder, planted),
  slips: (seed, folder, planted) => runSlips(SLIPS_SHORT, seed, folder, silently, planted),
  'rolling-deploys': (seed, folder, planted) => runRolling(ROLLING_SHORT, seed, folder, planted),
};

/** Returns how many were not found. `only`: the name of the one to plant. */
export async function plantContainmentBugs(seed: number, folder: string, only: string | undefined): Promise<number> {
  let missed = 0;
  for (const name of Object.keys(CONTAINMENT_BUGS) as ContainmentBugName[]) {
    if (only !== undefined && only !== name) continue;
    const bug: ContainmentBug = CONTAINMENT_BUGS[name];
    const { violations } = await FINDERS[bug.foundBy](seed, join(folder, name), name);
    const found = violations.find((violation) => bug.as.test(violation));
    if (found === undefined) missed += 1;
    console.log(
      `${found === undefined ? 'MISSED' : 'found '} ${name} (${bug.foundBy}): ${(found ?? violations.slice(0, 5).join(' | ')).slice(0, 300)}`,
    );
  }
  return missed;
}
