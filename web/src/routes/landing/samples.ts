/** The code that the landing page shows: what a visitor may run as it stands, or who may submit jobs. */
import type { Standing } from '#lib/account/gate.ts';
import { submissionCode, type Sample } from '#lib/jobs/submission-code.ts';

export function samples(origin: string, standing: Standing): readonly Sample[] {
  const job = {
    kind: 'primes',
    params: { n: 1_000_000_000 },
    chunks: 64,
    form: null,
    priority: 'normal',
    timing: {},
    trying: {},
  } as const;
  const code = submissionCode(job, origin, standing !== 'open');
  if (standing !== 'out') return code;
  const visit = [
    `curl -s ${origin}/v1/jobs/demo \\`,
    `  -H 'content-type: application/json' \\`,
    `  -d '{"n":10000,"chunks":8}'`,
  ].join('\n');
  return [{ name: 'curl', code: visit }, ...code.filter(({ name }) => name === 'TypeScript')];
}
