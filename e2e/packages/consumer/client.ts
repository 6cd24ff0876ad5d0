/** `node client.ts http://127.0.0.1:8000` */
import { createClient } from 'manyhands/client';

const client = createClient({ baseUrl: process.argv[2] ?? 'http://127.0.0.1:8000' });
const { job_id } = await client.submit({ kind: 'squares', params: { upTo: 1_000 } });
const job = await client.wait(job_id);
console.log(`${job.status}: ${job.result as number}`);
