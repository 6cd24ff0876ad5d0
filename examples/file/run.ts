/** Uploads a file as a stream, then sums it. */
import { openAsBlob } from 'node:fs';
import { createClient } from 'manyhands/client';

const client = createClient({ baseUrl: process.env.MANYHANDS_URL ?? 'http://127.0.0.1:8000' });

const file = await openAsBlob(process.argv[2] ?? `${import.meta.dirname}/orders.csv`);
const { input_id: input, records } = await client.upload(file, { form: 'csv', kind: 'revenue' });
console.error(`${records} records`);

const { job_id: jobId } = await client.submit({ kind: 'revenue', input, params: { from: '2026-11-01' } });
const { result, error } = await client.wait(jobId);
if (error) throw new Error(error.message);
for (const [country, cents] of Object.entries(result as Record<string, number>).sort())
  console.log(`${country} ${(cents / 100).toFixed(2)}`);
