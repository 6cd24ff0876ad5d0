/** A user's own function over a list, as the user's script sees it: items in, lines out, failures, and the holes filled. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, type Client, type MapLine } from '@manyhands/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { moodyItems } from '../fixture/moody-kinds.ts';
import { startMoodyWorker, type MoodyWorker } from '../fixture/moody-worker.ts';
import { startSystem, type System } from '../fixture/system.ts';

let system: System;
let worker: MoodyWorker;
let client: Client;

beforeAll(async () => {
  system = await startSystem();
  client = createClient({ baseUrl: system.baseUrl });
  worker = await startMoodyWorker(system.natsUrl);
});

afterAll(async () => {
  await worker?.stop();
  expect(await system.stop()).toBe(0);
});

const itemAt = (n: number) => ({ n, text: `item ${n}: "€", 😀` });
const outputAt = (n: number) => ({ n, twice: itemAt(n).text + itemAt(n).text });

async function* itemsUpTo(count: number) {
  for (let n = 0; n < count; n += 1) yield itemAt(n);
}

async function all<T>(lines: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const line of lines) read.push(line);
  return read;
}

describe('a function over 5,000 items', () => {
  const count = 5_000;
  const fail = [0, 1, 17, 999, 1_000, 1_001, 2_500, 3_333, 4_096, 4_500, 4_998, 4_999];
  let jobId = '';
  let lines: MapLine<{ n: number; twice: string }, { n: number }>[];

  it('yields a line for each item in their order, of which 12 failed, each with item and error', async () => {
    const mended = join(system.home, 'mended-items');
    lines = await all(
      client.map<typeof moodyItems>(
        'moody-items',
        itemsUpTo(count),
        { fail, mended },
        { max_attempts: 2, onView: ({ job_id: id }) => (jobId = id) },
      ),
    );
    expect(lines.map(({ index }) => index)).toEqual(Array.from({ length: count }, (_, n) => n));
    for (const { index, output, item, error } of lines) {
      if (fail.includes(index)) {
        expect(item).toEqual(itemAt(index));
        expect(error!.message).toContain(`item ${index} is in a mood`);
      } else expect(output).toEqual(outputAt(index));
    }
    expect(await client.get(jobId)).toMatchObject({
      status: 'completed',
      total_chunks: count,
      failed_chunks: fail.length,
      completed_chunks: count - fail.length,
      result: null,
    });
    const failures = await all(client.failures(jobId));
    expect(failures.map(({ index, attempts }) => [index, attempts])).toEqual(fail.map((index) => [index, 2]));
  });

  it('leaves a file with the holes, in each form', async () => {
    const there = Array.from({ length: count }, (_, n) => n).filter((n) => !fail.includes(n));
    const file = async (format: 'bare' | 'json' | 'csv' | 'lines') =>
      new Response(await client.resultsFile(jobId, format)).text();
    expect(await file('bare')).toBe(there.map((n) => `${JSON.stringify(outputAt(n))}\n`).join(''));
    expect(JSON.parse(await file('json'))).toEqual(there.map((index) => ({ index, output: outputAt(index) })));
    const csv = (await file('csv')).split('\r\n');
    expect([csv[0], csv.length]).toEqual(['index,n,twice,more', there.length + 2]);
    expect((await all(client.results(jobId, { from: 998, limit: 3 }))).map(({ index }) => index)).toEqual([998, 1_002, 1_003]);
  });

  it('becomes whole by a requeue, once the function is mended', async () => {
    const [params] = [(await client.get(jobId)).params as { mended: string }];
    writeFileSync(params.mended, '');
    await client.requeue(jobId);
    const job = await client.wait(jobId);
    expect(job).toMatchObject({ status: 'completed', round: 1, completed_chunks: count, failed_chunks: 0 });
    const bare = await new Response(await client.resultsFile(jobId, 'bare')).text();
    expect(bare).toBe(Array.from({ length: count }, (_, n) => `${JSON.stringify(outputAt(n))}\n`).join(''));
    expect(await all(client.failures(jobId))).toEqual([]);
  });
});

it('an empty list is an empty file', async () => {
  const params = { fail: [], mended: join(system.home, 'never') };
  let jobId = '';
  const lines = client.map<typeof moodyItems>('moody-items', [], params, { onView: ({ job_id: id }) => (jobId = id) });
  expect(await all(lines)).toEqual([]);
  expect(await new Response(await client.resultsFile(jobId, 'json')).text()).toBe('[]\n');
});

describe('an answer of 40 MB', () => {
  const chunks = 160;
  const chars = 256 * 1024;
  const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

  it('arrives whole and in order, although some chunks ran twice', async () => {
    const { job, result } = await client.run<unknown>('moody-text', { chars }, { chunks });
    const wanted = Array.from({ length: chunks }, (_, chunk) => `${chunk}:`.padEnd(chars, 'x')).join('');
    expect((result as string).length).toBe(chunks * chars);
    expect(sha(result as string)).toBe(sha(wanted));
    expect(job).toMatchObject({ status: 'completed', result: null, stored: { bytes: chunks * chars + 2 } });
    expect(job.retries).toBeGreaterThanOrEqual(22);
  });
});
