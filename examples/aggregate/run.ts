/** Uploads a CSV file as it is, groups its rows, and prints the answer as CSV. */
import { openAsBlob } from 'node:fs';
import { createClient } from 'manyhands/client';

const client = createClient({ baseUrl: process.env.MANYHANDS_URL ?? 'http://127.0.0.1:8000' });

const file = await openAsBlob(process.argv[2] ?? `${import.meta.dirname}/../file/orders.csv`);
const { input_id: input, records } = await client.upload(file, { form: 'table' });
console.error(`${records} records`);

const { job_id: jobId } = await client.submit({
  kind: 'aggregate',
  input,
  params: { group_by: ['country'], sum: ['cents'], mean: ['cents'], max: ['cents'], distinct: ['day'] },
});
const { result, error } = await client.wait(jobId);
if (error) throw new Error(error.message);
const rows = result as Record<string, string | number | null>[];
console.log(Object.keys(rows[0] ?? {}).join(','));
for (const row of rows) console.log(Object.values(row).join(','));
