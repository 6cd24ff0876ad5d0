/** Submits one computation and waits for its answer. */
import { createClient } from 'manyhands/client';

const client = createClient({ baseUrl: process.env.MANYHANDS_URL ?? 'http://127.0.0.1:8000' });

const { job_id: jobId } = await client.submit({ kind: 'pi', params: { throws: 20_000_000 } });
for await (const { completed_chunks: done, total_chunks: total } of client.watch(jobId))
  console.error(`${done} of ${total} chunks`);

const { result, error } = await client.get(jobId);
if (error) throw new Error(error.message);
const { inside, throws } = result as { inside: number; throws: number };
console.log(`pi is about ${((4 * inside) / throws).toFixed(3)}, after ${throws} throws`);
