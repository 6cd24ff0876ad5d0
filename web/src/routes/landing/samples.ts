/** The code that the landing page shows. The first runs as it stands, without an account. */
export function samples(origin: string): readonly { name: string; code: string }[] {
  return [
    {
      name: 'curl',
      code: [
        `curl -s ${origin}/v1/jobs/demo \\`,
        `  -H 'content-type: application/json' \\`,
        `  -d '{"n":10000,"chunks":8}'`,
      ].join('\n'),
    },
    {
      name: 'TypeScript',
      code: [
        `import { createClient } from 'manyhands/client';`,
        ``,
        `const hands = createClient({ baseUrl: '${origin}', key: 'mh_…' });`,
        `const { job_id } = await hands.submit({ kind: 'primes', params: { n: 1e9 }, chunks: 64 });`,
        `for await (const job of hands.watch(job_id)) console.log(job.progress, job.result);`,
      ].join('\n'),
    },
  ];
}
