/**
 * BullMQ without its parents: chunks added in bulk, counted by the application (see redis-count.mjs). Of a list each item is a job, whose `returnvalue` comes with
 * the event of its end; the stream of events is made long enough for all of them.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue, QueueEvents, Worker } from 'bullmq';
import { address, chunkCounter, jobEnds } from './redis-count.mjs';
import { play } from './role.mjs';

const connection = address;

await play({
  async worker() {
    const count = chunkCounter('plain');
    const compute = async ({ data }) => {
      if (data.waitMs) await sleep(data.waitMs);
      return count(data);
    };
    await new Worker('plain-chunks', compute, { connection, concurrency: 50 }).waitUntilReady();
    await new Worker('list-items', ({ data }) => data, { connection, concurrency: 50 }).waitUntilReady();
  },
  async client() {
    const queue = new Queue('plain-chunks', { connection, defaultJobOptions: { removeOnComplete: true } });
    const endOf = jobEnds('plain');
    await queue.waitUntilReady();
    const items = new Queue('list-items', {
      connection,
      defaultJobOptions: { removeOnComplete: true },
      streams: { events: { maxLen: 1_000_000 } },
    });
    const events = new QueueEvents('list-items', { connection });
    await Promise.all([items.waitUntilReady(), events.waitUntilReady()]);
    return {
      async runJob(of, waitMs) {
        const job = randomUUID();
        const ended = endOf(job);
        await queue.addBulk(Array.from({ length: of }, () => ({ name: 'chunk', data: { job, of, waitMs } })));
        return ended;
      },
      async runList(list) {
        const lines = [];
        let left = list.length;
        const { promise: over, resolve: end } = Promise.withResolvers();
        const note = ({ returnvalue }) => {
          lines[returnvalue.n] = returnvalue;
          left -= 1;
          if (left === 0) end();
        };
        events.on('completed', note);
        for (let from = 0; from < list.length; from += 5_000)
          await items.addBulk(list.slice(from, from + 5_000).map((data) => ({ name: 'item', data })));
        await over;
        events.off('completed', note);
        return lines;
      },
    };
  },
});
