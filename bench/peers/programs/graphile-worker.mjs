/**
 * graphile-worker with all its batching, in the very settings of its page on performance (worker.graphile.org/docs/performance): jobs added by one
 * `add_jobs`, fetched 500 at a time, completed in batches. Chunks are counted by the application (see postgres-count.mjs).
 */
import { randomUUID } from 'node:crypto';
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import { chunkCounter, connectionString, jobEnds } from './postgres-count.mjs';
import { play } from './role.mjs';

const logger = new Logger(() => () => undefined);

await play({
  async worker() {
    const count = await chunkCounter();
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
    await run({ preset, logger, noHandleSignals: true, taskList: { chunk: ({ job, of }) => count(job, of, 1) } });
  },
  async client() {
    const utils = await makeWorkerUtils({ connectionString, logger });
    await utils.migrate();
    const endOf = await jobEnds();
    return async (of) => {
      const job = randomUUID();
      const ended = endOf(job);
      await utils.addJobs(Array.from({ length: of }, () => ({ identifier: 'chunk', payload: { job, of } })));
      return ended;
    };
  },
});
