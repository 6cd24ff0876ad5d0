/** No package, no build: any program that sends HTTP is a client. Counts primes with a kind that comes with Manyhands. */
const base = process.env.MANYHANDS_URL ?? 'http://127.0.0.1:8000';

/** Sent twice under one key it is still one job. */
const response = await fetch(`${base}/v1/jobs?wait=60s`, {
  method: 'POST',
  headers: { 'content-type': 'application/json', 'idempotency-key': process.argv[2] ?? crypto.randomUUID() },
  body: JSON.stringify({ kind: 'primes', params: { n: 10_000_000 } }),
});
let job = await response.json();
if (!response.ok) throw new Error(JSON.stringify(job.detail));

while (!['completed', 'failed', 'cancelled'].includes(job.status)) {
  await new Promise((resolve) => setTimeout(resolve, 500));
  job = await (await fetch(`${base}/v1/jobs/${job.job_id}`)).json();
}
console.log(`${job.status}: ${job.result} primes below 10,000,000`);
