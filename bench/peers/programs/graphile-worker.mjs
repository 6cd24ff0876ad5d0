/**
 * graphile-worker with all its batching, in the very settings of its page on performance (worker.graphile.org/docs/performance): jobs added by one
 * `add_jobs`, fetched 500 at a time, completed in batches. Chunks are counted by the application (see postgres-count.mjs).
 */
import { randomUUID } from 'node:crypto';
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import { chunkCounter, connectionString, jobEnds } from './postgres-count.mjs';
import { linesOf, lineStore } from './postgres-lines.mjs';
import { play } from './role.mjs';

const logger = new Logger(() => () => undefined);

await play({
  async worker() {
    const [count, store] = [await chunkCounter(), await lineStore()];
    const preset = {
      worker: {
        connectionString,
        concurrentJobs: 24,
        maxPoolSize: 25,
        localQueue: { size: 500 },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
      },
    };
    const taskList = {
      chunk: ({ job, of }) => count(job, of, 1),
      item: ({ job, of, item }) => store(job, of, [[item.n, item]]),
    };
    await run({ preset, logger, noHandleSignals: true, taskList });
  },
  async client() {
    const utils = await makeWorkerUtils({ connectionString, logger });
    await utils.migrate();
    const endOf = await jobEnds();
    const read = await linesOf();
    return {
      async runJob(of) {
        const job = randomUUID();
        const ended = endOf(job);
        await utils.addJobs(Array.from({ length: of }, () => ({ identifier: 'chunk', payload: { job, of } })));
        return ended;
      },
      async runList(list) {
        const job = randomUUID();
        const ended = endOf(job);
        const of = list.length;
        for (let from = 0; from < of; from += 5_000)
          await utils.addJobs(list.slice(from, from + 5_000).map((item) => ({ identifier: 'item', payload: { job, of, item } })));
        await ended;
        return read(job);
      },
    };
  },
});
