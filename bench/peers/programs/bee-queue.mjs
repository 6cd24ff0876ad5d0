/**
 * bee-queue, in the variant that loses no result: chunks saved in bulk (`saveAll`), counted by the application (see redis-count.mjs).
 * Its own events of a job travel by pub/sub, and 10,000 at once lost some, so they are off, as its documentation advises for who does not listen.
 */
import { randomUUID } from 'node:crypto';
import BeeQueue from 'bee-queue';
import { chunkCounter, jobEnds } from './redis-count.mjs';
import { play } from './role.mjs';

const settings = {
  redis: { host: '127.0.0.1', port: Number(process.env.REDIS_PORT) },
  getEvents: false,
  sendEvents: false,
  removeOnSuccess: true,
};

await play({
  async worker() {
    const queue = new BeeQueue('bee-chunks', settings);
    const count = chunkCounter('bee');
    queue.process(50, ({ data }) => count(data));
    await queue.ready();
  },
  async client() {
    const queue = new BeeQueue('bee-chunks', { ...settings, isWorker: false, storeJobs: false });
    const endOf = jobEnds('bee');
    await queue.ready();
    return async (of) => {
      const job = randomUUID();
      const ended = endOf(job);
      const errors = await queue.saveAll(Array.from({ length: of }, () => queue.createJob({ job, of })));
      if (errors.size > 0) throw [...errors.values()][0];
      return ended;
    };
  },
});
