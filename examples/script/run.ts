/** Sends code to the system, which runs it in a sandbox on its workers, and prints what it found. */
import { createClient } from 'manyhands/client';

const client = createClient({ baseUrl: process.env.MANYHANDS_URL ?? 'http://127.0.0.1:8000' });

const code = `
// The number below the limit whose Collatz sequence has the most steps.
export function map(i, { limit }) {
  const start = i + 1;
  let steps = 0;
  for (let n = start; n !== 1; n = n % 2 === 0 ? n / 2 : 3 * n + 1) steps += 1;
  return start < limit ? { start, steps } : { start: 0, steps: 0 };
}

export function reduce(a, b) {
  return b.steps > a.steps ? b : a;
}
`;
const { job_id: jobId } = await client.submit({
  kind: 'script',
  params: { code, n: 20_000, params: { limit: 20_000 } },
  chunks: 8,
});
const { result, error } = await client.wait(jobId);
if (error) throw new Error(error.message);
const { start, steps } = result as { start: number; steps: number };
console.log(`${start} needs ${steps} steps`);
