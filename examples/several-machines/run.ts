/** Submits one job for all workers and prints who computed how much of it. */
import { createClient } from 'manyhands/client';

const client = createClient({ baseUrl: process.env.MANYHANDS_URL ?? 'http://127.0.0.1:8000' });

const workers = (await client.workers()).filter(({ kinds }) => kinds.includes('visits'));
console.error(`${workers.length} workers compute visits: ${workers.map(({ worker }) => worker).join(', ')}`);

const { job_id: jobId } = await client.submit({ kind: 'visits', chunks: 200 });
const { result, error } = await client.wait(jobId);
if (error) throw new Error(error.message);
for (const [place, chunks] of Object.entries(result as Record<string, number>)) console.log(`${place}: ${chunks} chunks`);
