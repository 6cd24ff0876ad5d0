/**
 * Counts the chunks of a job in Redis, for queues that have no parents and children: the worker that counts the last one puts the job on a list that
 * the client waits on. A list loses nothing, unlike pub/sub or a trimmed stream of events.
 *
 * Not exactly once: a chunk delivered twice counts twice. That is what an application would write, and it is the quickest that can work.
 */
import { Redis } from 'ioredis';

export const address = { host: '127.0.0.1', port: Number(process.env.REDIS_PORT), maxRetriesPerRequest: null };

/** For workers: counts one chunk of `job`, which has `of`. */
export function chunkCounter(queue) {
  const redis = new Redis(address);
  return async ({ job, of }) => {
    const done = await redis.incr(`${queue}:count:${job}`);
    if (done === of)
      await redis
        .multi()
        .del(`${queue}:count:${job}`)
        .rpush(`${queue}:ended`, JSON.stringify({ job, counted: done }))
        .exec();
  };
}

/** For the client: resolves with the chunks counted when `job` is over. */
export function jobEnds(queue) {
  const redis = new Redis(address);
  const waiting = new Map();
  void (async () => {
    for (;;) {
      const [, ends] = (await redis.blmpop(0, 1, `${queue}:ended`, 'LEFT', 'COUNT', 100)) ?? [undefined, []];
      for (const { job, counted } of ends.map((end) => JSON.parse(end))) {
        waiting.get(job)?.(counted);
        waiting.delete(job);
      }
    }
  })();
  return (job) => new Promise((done) => waiting.set(job, done));
}
