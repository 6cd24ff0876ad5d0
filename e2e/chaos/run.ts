/** `npm run chaos -- --profile ci --seed 7`: breaks the real system on purpose, and says whether its promises held. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BOUNDS } from './check/bounds.ts';
import { INVARIANTS } from './check/invariants.ts';
import { failuresOf } from './check/verdict.ts';
import type { Figures } from './figures.ts';
import { CI_PROOFS, PROOFS } from './proofs.ts';
import { PROFILE_NAMES, PROFILES, type ProfileName, type Stage } from './profile.ts';
import { runStage, type Verdict } from './stage-run.ts';

const { values } = parseArgs({
  options: {
    profile: { type: 'string', default: 'ci' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    stage: { type: 'string' },
    minutes: { type: 'string' },
  },
});
const seed = Number(values.seed);
const profile = PROFILE_NAMES.find((name) => name === values.profile);
const proof = PROOFS[values.profile];
const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
if ((profile === undefined && proof === undefined) || !Number.isSafeInteger(seed) || (minutes !== undefined && !(minutes > 0))) {
  console.error(
    `usage: npm run chaos -- --profile ${[...PROFILE_NAMES, ...Object.keys(PROOFS)].join('|')} --seed N [--stage NAME] [--minutes N]`,
  );
  process.exit(2);
}

const folder = resolve(import.meta.dirname, '../../.reports/chaos', `${values.profile}-${seed}`);
let failures = 0;
if (proof !== undefined)
  failures += await proof({ seed, minutes, stage: values.stage, folder, say: (line) => console.log(line) });
else
  for (const stage of PROFILES[profile as ProfileName].filter(
    ({ name }) => values.stage === undefined || name === values.stage,
  )) {
    const verdict = await runStage(stage, seed, folder, (line) => console.log(line));
    failures += tell(stage, verdict);
  }
if (profile === 'ci' && values.stage === undefined)
  for (const ciProof of CI_PROOFS)
    failures += await ciProof({ seed, minutes, stage: undefined, folder, say: (line) => console.log(line) });
console.log(`\nprofile ${values.profile}, seed ${seed}: ${failures === 0 ? 'every promise held' : `${failures} failures`}`);
process.exit(failures === 0 ? 0 : 1);

/** One line of the table in docs/operations/chaos-runs.md. */
function tableRow(stage: Stage, figures: Figures, failureCount: number, seconds: number): string {
  const sumOf = (kind: string): number =>
    Object.entries(figures.faults).reduce((sum, [what, count]) => sum + (what.startsWith(`${kind} `) ? count : 0), 0);
  const { recoveryMs, reexecutedShare, jobs, chunks } = figures;
  const spread = [recoveryMs.p50, recoveryMs.p99, recoveryMs.max].map((ms) => (ms / 1000).toFixed(1)).join(' / ');
  const faults = [
    sumOf('kill'),
    sumOf('kill-server'),
    sumOf('pause') + sumOf('pause-server'),
    sumOf('cut-off'),
    sumOf('partition'),
    figures.crashPoints,
  ];
  const date = new Date().toISOString().slice(0, 10);
  return `| ${[date, values.profile, stage.name, seed, seconds, jobs, chunks, ...faults, failureCount, `${(reexecutedShare * 100).toFixed(1)} %`, spread].join(' | ')} |`;
}

/** Returns how many failures it told of. */
function tell(stage: Stage, { violations, figures, serverVersion, historyFile, seconds }: Verdict): number {
  console.log(`\n${stage.name}: ${serverVersion}, Node ${process.version}, seed ${seed}, ${seconds} s, history ${historyFile}`);
  console.log(JSON.stringify(figures, null, 2));
  for (const { id, says } of stage.bounded ? [...INVARIANTS, ...BOUNDS] : INVARIANTS) {
    const mine = violations.filter((violation) => violation.startsWith(`${id}: `));
    console.log(`${mine.length === 0 ? 'held  ' : 'BROKEN'} ${id} ${says}`);
    for (const violation of mine.slice(0, 20)) console.log(`         ${violation}`);
  }
  const failures = failuresOf(stage, violations);
  console.log(tableRow(stage, figures, failures.length, seconds));
  if (stage.planted !== undefined)
    console.log(failures.length === 0 ? `the planted bug was found: ${stage.planted}` : failures.join('\n'));
  return failures.length;
}
