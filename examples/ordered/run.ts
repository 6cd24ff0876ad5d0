/** One answer from chunks whose order matters. */
import { createClient } from 'manyhands/client';

const client = createClient({ baseUrl: process.env.MANYHANDS_URL ?? 'http://127.0.0.1:8000' });

const { job_id: jobId } = await client.submit({ kind: 'streak', params: { throws: 2_000_000 } });
const { result, error } = await client.wait(jobId);
if (error) throw new Error(error.message);
const { longest, throws } = result as { longest: number; throws: number };
console.log(`the longest of ${throws} throws is ${longest} times the same side`);
