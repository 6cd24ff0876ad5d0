/** `npm run chaos -- --profile ci --seed 7`: breaks the real system on purpose, and says whether its promises held. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { INVARIANTS } from './check/invariants.ts';
import { PROFILE_NAMES, PROFILES, type ProfileName } from './profile.ts';
import { runStage, type Verdict } from './stage-run.ts';

const { values } = parseArgs({
  options: { profile: { type: 'string', default: 'ci' }, seed: { type: 'string', default: String(Date.now() % 1_000_000) }, stage: { type: 'string' } },
});
const seed = Number(values.seed);
const profile = PROFILE_NAMES.find((name) => name === values.profile);
if (profile === undefined || !Number.isSafeInteger(seed)) {
  console.error(`usage: npm run chaos -- --profile ${PROFILE_NAMES.join('|')} --seed N [--stage single|cluster]`);
  process.exit(2);
}

const folder = resolve(import.meta.dirname, '../../.reports/chaos', `${profile}-${seed}`);
let broken = 0;
for (const stage of PROFILES[profile as ProfileName].filter(({ name }) => values.stage === undefined || name === values.stage)) {
  const verdict = await runStage(stage, seed, folder, (line) => console.log(line));
  broken += verdict.violations.length;
  tell(stage.name, verdict);
}
console.log(`\nprofile ${profile}, seed ${seed}: ${broken === 0 ? 'every promise held' : `${broken} violations`}`);
process.exit(broken === 0 ? 0 : 1);

function tell(stage: string, { violations, figures, serverVersion, historyFile, seconds }: Verdict): void {
  console.log(`\n${stage}: ${serverVersion}, seed ${seed}, ${seconds} s, history ${historyFile}`);
  console.log(JSON.stringify(figures, null, 2));
  for (const { id, says } of INVARIANTS) {
    const mine = violations.filter((violation) => violation.startsWith(`${id}: `));
    console.log(`${mine.length === 0 ? 'held  ' : 'BROKEN'} ${id} ${says}`);
    for (const violation of mine.slice(0, 20)) console.log(`         ${violation}`);
  }
}
