/**
 * Keeps what items returned as rows, and counts them (as postgres-count.mjs): what a worker returns while one statement is under way goes into the next one, and the
 * statement that stores the last line of a job notifies the client.
 */
import pg from 'pg';
import { connectionString } from './postgres-count.mjs';

const TABLES = `create table if not exists bench_line (job text, index int, line json, primary key (job, index));
create table if not exists bench_count (job text primary key, done int not null, total int not null)`;
const STORE = `with stored as (insert into bench_line select $1, * from unnest($2::int[], $3::json[])), counted as (
  insert into bench_count values ($1, $4, $5)
  on conflict (job) do update set done = bench_count.done + excluded.done returning job, done, total
) select pg_notify('ended', job || ' ' || done) from counted where done >= total`;

async function open() {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(TABLES).catch(() => undefined);
  return client;
}

/** For workers: resolves once the lines (`[index, line]`) of `job`, which has `of`, are stored and committed. */
export async function lineStore() {
  const client = await open();
  let waiting = [];
  let busy = false;
  async function flush() {
    busy = true;
    while (waiting.length > 0) {
      const [{ job, of }] = waiting;
      const taken = waiting.filter((one) => one.job === job);
      waiting = waiting.filter((one) => one.job !== job);
      const lines = taken.flatMap((one) => one.lines);
      const values = [job, lines.map(([index]) => index), lines.map(([, line]) => JSON.stringify(line)), lines.length, of];
      try {
        await client.query({ name: 'store', text: STORE, values });
        for (const { done } of taken) done();
      } catch (error) {
        for (const { failed } of taken) failed(error);
      }
    }
    busy = false;
  }
  return (job, of, lines) =>
    new Promise((done, failed) => {
      waiting.push({ job, of, lines, done, failed });
      if (!busy) void flush();
    });
}

/** For the client: the lines of a job in order. */
export async function linesOf() {
  const client = await open();
  return async (job) => {
    const { rows } = await client.query('select line from bench_line where job = $1 order by index', [job]);
    return rows.map(({ line }) => line);
  };
}
