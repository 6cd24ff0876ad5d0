/**
 * BullMQ with its own fan-out and back: a flow is a parent that runs when all its children are done (docs.bullmq.io/guide/flows).
 * Children are removed when done, as its page on production advises; the parent is kept for a while, because `waitUntilFinished` reads it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { FlowProducer, QueueEvents, Worker } from 'bullmq';
import { play } from './role.mjs';

const connection = { host: '127.0.0.1', port: Number(process.env.REDIS_PORT), maxRetriesPerRequest: null };
/** The number its page on concurrency shows. */
const concurrency = 50;

await play({
  async worker() {
    const chunks = new Worker('flow-chunks', compute, { connection, concurrency });
    const jobs = new Worker(
      'flow-jobs',
      async (job) => Object.values(await job.getChildrenValues()).reduce((sum, one) => sum + one, 0),
      { connection, concurrency },
    );
    await Promise.all([chunks.waitUntilReady(), jobs.waitUntilReady()]);
  },
  async client() {
    const flows = new FlowProducer({ connection });
    const events = new QueueEvents('flow-jobs', { connection });
    events.setMaxListeners(0);
    await Promise.all([flows.waitUntilReady(), events.waitUntilReady()]);
    return async (count, waitMs) => {
      const children = Array.from({ length: count }, (_, chunk) => ({
        name: 'chunk',
        queueName: 'flow-chunks',
        data: { chunk, waitMs },
        opts: { removeOnComplete: true },
      }));
      const { job } = await flows.add({
        name: 'job',
        queueName: 'flow-jobs',
        data: {},
        opts: { removeOnComplete: { age: 60 } },
        children,
      });
      return job.waitUntilFinished(events);
    };
  },
});

async function compute({ data: { waitMs } }) {
  if (waitMs) await sleep(waitMs);
  return 1;
}
