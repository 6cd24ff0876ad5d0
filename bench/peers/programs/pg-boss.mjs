/**
 * pg-boss with all its batching: jobs inserted in bulk, fetched and completed 1,000 at a time, workers woken by LISTEN/NOTIFY and going on at once while
 * batches come back full. Chunks are counted by the application, a statement a batch (see postgres-count.mjs).
 */
import { randomUUID } from 'node:crypto';
import { PgBoss } from 'pg-boss';
import { chunkCounter, connectionString, jobEnds } from './postgres-count.mjs';
import { linesOf, lineStore } from './postgres-lines.mjs';
import { play } from './role.mjs';

async function openBoss() {
  const boss = new PgBoss({ connectionString, useListenNotify: true });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  await boss.createQueue('chunks', { notify: true });
  await boss.createQueue('items', { notify: true });
  return boss;
}

await play({
  async worker() {
    const [count, store] = [await chunkCounter(), await lineStore()];
    const boss = await openBoss();
    const batched = {
      batchSize: 1000,
      pollingIntervalSeconds: 0.5,
      notifyPollingIntervalSeconds: 0.5,
      burstWhenBatchFull: true,
    };
    await boss.work('chunks', batched, async (chunks) => {
      const byJob = Map.groupBy(chunks, ({ data }) => data.job);
      await Promise.all([...byJob].map(([job, ofJob]) => count(job, ofJob[0].data.of, ofJob.length)));
    });
    await boss.work('items', batched, async (items) => {
      const byJob = Map.groupBy(items, ({ data }) => data.job);
      await Promise.all(
        [...byJob].map(([job, ofJob]) =>
          store(
            job,
            ofJob[0].data.of,
            ofJob.map(({ data: { item } }) => [item.n, item]),
          ),
        ),
      );
    });
  },
  async client() {
    const boss = await openBoss();
    const endOf = await jobEnds();
    const read = await linesOf();
    return {
      async runJob(of) {
        const job = randomUUID();
        const ended = endOf(job);
        await boss.insert(
          'chunks',
          Array.from({ length: of }, () => ({ data: { job, of } })),
        );
        return ended;
      },
      async runList(list) {
        const job = randomUUID();
        const ended = endOf(job);
        const of = list.length;
        for (let from = 0; from < of; from += 5_000)
          await boss.insert(
            'items',
            list.slice(from, from + 5_000).map((item) => ({ data: { job, of, item } })),
          );
        await ended;
        return read(job);
      },
    };
  },
});
