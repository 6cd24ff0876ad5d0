/**
 * Counts the chunks of a job in PostgreSQL. What a worker counts while one statement is under way goes into the next one, so that many chunks share
 * a commit; the statement that counts the last chunk of a job notifies the client.
 *
 * Not exactly once: a chunk delivered twice counts twice. That is what an application would write, and it is the quickest that can work.
 */
import pg from 'pg';

export const connectionString = process.env.POSTGRES_URL;

const TABLE = 'create table if not exists bench_count (job text primary key, done int not null, total int not null)';
const COUNT = `with counted as (
  insert into bench_count select * from unnest($1::text[], $2::int[], $3::int[])
  on conflict (job) do update set done = bench_count.done + excluded.done returning job, done, total
) select pg_notify('ended', job || ' ' || done) from counted where done >= total`;

/** For workers: resolves once `chunks` chunks of `job`, which has `of`, are counted and committed. */
export async function chunkCounter() {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(TABLE).catch(() => undefined);
  let waiting = [];
  let busy = false;
  async function flush() {
    busy = true;
    while (waiting.length > 0) {
      const taken = waiting;
      waiting = [];
      const sums = new Map();
      for (const { job, of, chunks } of taken) sums.set(job, { chunks: (sums.get(job)?.chunks ?? 0) + chunks, of });
      const rows = [...sums].sort(([left], [right]) => (left < right ? -1 : 1));
      try {
        await client.query({
          name: 'count',
          text: COUNT,
          values: [rows.map(([job]) => job), rows.map(([, { chunks }]) => chunks), rows.map(([, { of }]) => of)],
        });
        for (const { done } of taken) done();
      } catch (error) {
        for (const { failed } of taken) failed(error);
      }
    }
    busy = false;
  }
  return (job, of, chunks) =>
    new Promise((done, failed) => {
      waiting.push({ job, of, chunks, done, failed });
      if (!busy) void flush();
    });
}

/** For the client: resolves with the chunks counted when `job` is over. */
export async function jobEnds() {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(TABLE).catch(() => undefined);
  const waiting = new Map();
  client.on('notification', ({ payload }) => {
    const [job, counted] = payload.split(' ');
    waiting.get(job)?.(Number(counted));
    waiting.delete(job);
  });
  await client.query('listen ended');
  return (job) => new Promise((done) => waiting.set(job, done));
}
