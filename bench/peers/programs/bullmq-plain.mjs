/** BullMQ without its parents: chunks added in bulk, counted by the application (see redis-count.mjs). */
import { randomUUID } from 'node:crypto';
import { Queue, Worker } from 'bullmq';
import { address, chunkCounter, jobEnds } from './redis-count.mjs';
import { play } from './role.mjs';

const connection = address;

await play({
  async worker() {
    const count = chunkCounter('plain');
    await new Worker('plain-chunks', ({ data }) => count(data), { connection, concurrency: 50 }).waitUntilReady();
  },
  async client() {
    const queue = new Queue('plain-chunks', { connection, defaultJobOptions: { removeOnComplete: true } });
    const endOf = jobEnds('plain');
    await queue.waitUntilReady();
    return async (of) => {
      const job = randomUUID();
      const ended = endOf(job);
      await queue.addBulk(Array.from({ length: of }, () => ({ name: 'chunk', data: { job, of } })));
      return ended;
    };
  },
});
