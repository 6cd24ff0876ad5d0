/**
 * pg-boss with all its batching: jobs inserted in bulk, fetched and completed 1,000 at a time, workers woken by LISTEN/NOTIFY and going on at once while
 * batches come back full. Chunks are counted by the application, a statement a batch (see postgres-count.mjs).
 */
import { randomUUID } from 'node:crypto';
import { PgBoss } from 'pg-boss';
import { chunkCounter, connectionString, jobEnds } from './postgres-count.mjs';
import { play } from './role.mjs';

async function openBoss() {
  const boss = new PgBoss({ connectionString, useListenNotify: true });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  await boss.createQueue('chunks', { notify: true });
  return boss;
}

await play({
  async worker() {
    const count = await chunkCounter();
    const boss = await openBoss();
    await boss.work(
      'chunks',
      { batchSize: 1000, pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5, burstWhenBatchFull: true },
      async (chunks) => {
        const byJob = Map.groupBy(chunks, ({ data }) => data.job);
        await Promise.all([...byJob].map(([job, ofJob]) => count(job, ofJob[0].data.of, ofJob.length)));
      },
    );
  },
  async client() {
    const boss = await openBoss();
    const endOf = await jobEnds();
    return async (of) => {
      const job = randomUUID();
      const ended = endOf(job);
      await boss.insert(
        'chunks',
        Array.from({ length: of }, () => ({ data: { job, of } })),
      );
      return ended;
    };
  },
});
