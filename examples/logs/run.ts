/** Follows the log of a job while it runs, then reads what stays of it. */
import { createClient } from 'manyhands/client';

const client = createClient({ baseUrl: process.env.MANYHANDS_URL ?? 'http://127.0.0.1:8000' });

const { job_id: jobId } = await client.submit({ kind: 'steps' });
for await (const { at, level, chunk, message, fields } of client.logs(jobId, { follow: true }))
  console.log(`${at} ${level} chunk ${chunk}: ${message}${fields ? ` ${JSON.stringify(fields)}` : ''}`);

const { status } = await client.get(jobId);
const { lines } = await client.logPage(jobId, { level: 'warn' });
console.log(`${status}; warnings: ${lines.map(({ message }) => message).join(', ')}`);
