/** A million items through the whole system, with `FULL_SIZES=1`: their lines are those of a sequential map, byte for byte, and no service grows with their number. */
import { createHash } from 'node:crypto';
import { ReadableStream } from 'node:stream/web';
import { createClient } from '@manyhands/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { residentMb } from '../chaos/read/resident.ts';
import { startSystem, type System } from '../fixture/system.ts';

const services = ['gateway', 'coordinator', 'compute'] as const;
/** Within a job of a million. What the worker's collector keeps grows over the first three of them, so it is held against those before. */
const bounded = ['gateway', 'coordinator'] as const;
const growthMbMax = 32;
const jobsBefore = 2;
let system: System;

beforeAll(async () => {
  if (process.env['FULL_SIZES'] === '1')
    system = await startSystem({ env: { MANYHANDS_KIND_MODULES: 'builtin,e2e/fixture/moody-kinds.ts' } });
});
afterAll(() => system?.stop());

const itemAt = (n: number) => ({ n, text: `item ${n}: "€", 😀` });
const lineAt = (n: number) => `${JSON.stringify({ n, twice: itemAt(n).text + itemAt(n).text })}\n`;

type Memory = Record<(typeof services)[number], number>;

/** Items from an upload to the last byte of their results. Returns the memory of each service meanwhile, in MB, looked at twice a second. */
async function mapped(count: number): Promise<Memory[]> {
  const seen: Memory[] = [];
  const look = setInterval(() => {
    const each = services.map((name) => [name, residentMb(system.pids(name).at(-1)!) ?? 0]);
    seen.push(Object.fromEntries(each) as Memory);
  }, 500);
  const client = createClient({ baseUrl: system.baseUrl });
  const begunMs = performance.now();
  try {
    const body = ReadableStream.from(pieces(count, (n) => `${JSON.stringify(itemAt(n))}\n`));
    const init = { method: 'POST', body, duplex: 'half' } as unknown as RequestInit;
    const { input_id: input } = (await (await fetch(`${system.baseUrl}/v1/inputs?form=ndjson`, init)).json()) as {
      input_id: string;
    };
    const { job_id: id } = await client.submit({ kind: 'moody-items', params: { fail: [], mended: '/nowhere' }, input });
    expect(await client.wait(id)).toMatchObject({ status: 'completed', total_chunks: count, failed_chunks: 0 });
    const [read, wanted] = [createHash('sha256'), createHash('sha256')];
    for await (const piece of await client.resultsFile(id, 'bare')) read.update(piece);
    for await (const piece of pieces(count, lineAt)) wanted.update(piece);
    expect(read.digest('hex')).toBe(wanted.digest('hex'));
  } finally {
    clearInterval(look);
  }
  const tenths = Array.from({ length: 10 }, (_, at) => seen[Math.floor((at * seen.length) / 10)]);
  console.log(`${count} items in ${Math.round(performance.now() - begunMs)} ms`);
  console.table(tenths);
  return seen;
}

const most = (seen: readonly Memory[], name: keyof Memory): number => Math.max(...seen.map((each) => each[name]));

function* pieces(count: number, textOf: (n: number) => string): Generator<Buffer> {
  for (let from = 0; from < count; from += 1_000) {
    const to = Math.min(count, from + 1_000);
    yield Buffer.from(Array.from({ length: to - from }, (_, at) => textOf(from + at)).join(''));
  }
}

// What the first job and the first half of the second leave behind, the rest needs as well: compiled code, buffers, room the collector keeps.
it.skipIf(process.env['FULL_SIZES'] !== '1')(
  'a million items are mapped as by a loop, and neither gateway nor coordinator nor worker grows with their number',
  { timeout: 3_600_000, retry: 0 },
  async () => {
    await mapped(100_000);
    const seen = await mapped(1_000_000);
    const [first, second] = [seen.slice(0, seen.length / 2), seen.slice(seen.length / 2)];
    for (const name of bounded) expect(most(second, name) - most(first, name), name).toBeLessThan(growthMbMax);
    const before = [...seen];
    for (let job = 0; job < jobsBefore; job += 1) before.push(...(await mapped(1_000_000)));
    const last = await mapped(1_000_000);
    for (const name of services) expect(most(last, name) - most(before, name), name).toBeLessThan(growthMbMax);
  },
);
