/** `npm run chaos -- --profile ci --seed 7`: breaks the real system on purpose, and says whether its promises held. */
import { resolve } from 'node:path';
import { runTool } from '../../deploy/local/src/prepare/tool.ts';
import { BOUNDS } from './check/bounds.ts';
import { INVARIANTS } from './check/invariants.ts';
import { failuresOf } from './check/verdict.ts';
import type { Figures } from './figures.ts';
import { chaosCommand, parseChaos, type ChaosOptions } from './options.ts';
import { CI_PROOFS, PROOFS } from './proofs.ts';
import { PROFILES, type ProfileName, type Stage } from './profile.ts';
import { runStage, type Verdict } from './stage-run.ts';

await runTool({ command: chaosCommand, parse: parseChaos, except: ['@manyhands/web'], run: chaos });

async function chaos(options: ChaosOptions): Promise<number> {
  const { profile: name, seed, stage: only, minutes } = options;
  const proof = PROOFS[name];
  const folder = resolve(import.meta.dirname, '../../.reports/chaos', `${name}-${seed}`);
  let failures = 0;
  if (proof !== undefined) failures += await proof({ seed, minutes, stage: only, folder, say: (line) => console.log(line) });
  else
    for (const stage of PROFILES[name as ProfileName].filter((stage) => only === undefined || stage.name === only)) {
      const verdict = await runStage(stage, seed, folder, (line) => console.log(line));
      failures += tell(options, stage, verdict);
    }
  if (name === 'ci' && only === undefined)
    for (const ciProof of CI_PROOFS)
      failures += await ciProof({ seed, minutes, stage: undefined, folder, say: (line) => console.log(line) });
  console.log(`\nprofile ${name}, seed ${seed}: ${failures === 0 ? 'every promise held' : `${failures} failures`}`);
  return failures === 0 ? 0 : 1;
}

/** One line of the table in docs/operations/chaos-runs.md. */
function tableRow(
  { profile, seed }: ChaosOptions,
  stage: Stage,
  figures: Figures,
  failureCount: number,
  seconds: number,
): string {
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
  return `| ${[date, profile, stage.name, seed, seconds, jobs, chunks, ...faults, failureCount, `${(reexecutedShare * 100).toFixed(1)} %`, spread].join(' | ')} |`;
}

/** Returns how many failures it told of. */
function tell(
  options: ChaosOptions,
  stage: Stage,
  { violations, figures, serverVersion, historyFile, seconds }: Verdict,
): number {
  console.log(
    `\n${stage.name}: ${serverVersion}, Node ${process.version}, seed ${options.seed}, ${seconds} s, history ${historyFile}`,
  );
  console.log(JSON.stringify(figures, null, 2));
  for (const { id, says } of stage.bounded ? [...INVARIANTS, ...BOUNDS] : INVARIANTS) {
    const mine = violations.filter((violation) => violation.startsWith(`${id}: `));
    console.log(`${mine.length === 0 ? 'held  ' : 'BROKEN'} ${id} ${says}`);
    for (const violation of mine.slice(0, 20)) console.log(`         ${violation}`);
  }
  const failures = failuresOf(stage, violations);
  console.log(tableRow(options, stage, figures, failures.length, seconds));
  if (stage.planted !== undefined)
    console.log(failures.length === 0 ? `the planted bug was found: ${stage.planted}` : failures.join('\n'));
  return failures.length;
}
