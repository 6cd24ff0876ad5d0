/**
 * A file of results that is larger than all memory the gateway may use for it. Stored as a coordinator stores it, because computing it takes longer than
 * reading it. 768 MiB, and 2 GiB with `FULL_SIZES=1`.
 */
import { readFileSync } from 'node:fs';
import { openBroker, openBucket, putResultsRecord, storeObject } from '@manyhands/broker';
import { encode, keys, limits, LOCAL_TENANT, newJobId, type ResultSegment } from '@manyhands/proto';
import { createClient } from '@manyhands/sdk';
import { aJobView } from '@manyhands/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSystem, type System } from '../fixture/system.ts';

const tenant = LOCAL_TENANT;
const mib = 1024 ** 2;
let system: System;

beforeAll(async () => {
  system = await startSystem();
});

afterAll(async () => {
  expect(await system.stop()).toBe(0);
});

/** Of the gateway. */
function memoryMb(): number {
  const [, kb] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${system.pids('gateway').at(-1)!}/status`, 'utf8'))!;
  return Number(kb) / 1024;
}

/** Lines of 1 KiB, `bytes` in all: each segment names the same object, so that the disk holds it once. */
async function saveResults(bytes: number): Promise<string> {
  const broker = await openBroker({ ...system.natsAdmin, name: 'test' });
  try {
    const job = newJobId();
    const line = `"${'0123456789abcdef'.repeat(63)}${'x'.repeat(13)}"\n`;
    const object = line.repeat(limits.linesRunBytesMax / line.length);
    const count = object.length / line.length;
    await storeObject(broker, { tenant, owner: job, name: 'o-0-x' }, Buffer.from(object));
    const stored = { name: 'o-0-x', from: 0, bytes: object.length };
    const segments: ResultSegment[] = Array.from({ length: bytes / object.length }, (_, n) => ({
      begin: n * count,
      end: (n + 1) * count,
      stored,
    }));
    const manifest = Buffer.from(segments.map((segment) => `${JSON.stringify(segment)}\n`).join(''));
    await storeObject(broker, { tenant, owner: job, name: 'results-0-x' }, manifest);
    const chunks = segments.length * count;
    await putResultsRecord(broker, {
      v: 1,
      type: 'ResultsRecord',
      job_id: job,
      tenant,
      round: 0,
      chunks,
      bytes,
      manifest: { name: 'results-0-x', from: 0, bytes: manifest.length },
    });
    const view = aJobView({ job_id: job, status: 'completed', output: 'lines', results: { bytes }, total_chunks: chunks });
    await (await openBucket(broker, 'jobs')).put(keys.job(tenant, job), encode(view));
    return job;
  } finally {
    await broker.close();
  }
}

// Memory is read where Linux has it. The first half leaves behind what the second one needs as well: compiled code, buffers, room the collector keeps.
it.skipIf(process.platform !== 'linux')(
  'a large download leaves the memory of the gateway flat',
  { timeout: 300_000 },
  async () => {
    const bytes = (process.env['FULL_SIZES'] === '1' ? 2_048 : 768) * mib;
    const job = await saveResults(bytes);
    let received = 0;
    let nextLook = 0;
    const peakMb = { first: 0, second: 0 };
    const { status, body } = await fetch(`${system.baseUrl}/v1/jobs/${job}/results?format=bare`);
    expect(status).toBe(200);
    for await (const piece of body as AsyncIterable<Uint8Array>) {
      received += piece.length;
      if (received < nextLook) continue;
      nextLook = received + 8 * mib;
      const half = received < bytes / 2 ? 'first' : 'second';
      peakMb[half] = Math.max(peakMb[half], memoryMb());
    }
    expect(received).toBe(bytes);
    console.log(
      `gateway, ${bytes / mib} MiB sent: ${peakMb.first.toFixed(0)} MB at most in the first half, ${peakMb.second.toFixed(0)} MB in the second`,
    );
    expect(peakMb.second - peakMb.first).toBeLessThan(64);
  },
);

it(
  'a download that loses its gateway ends with an error, not as if it were whole, and goes on at another',
  { timeout: 120_000 },
  async () => {
    const bytes = 64 * mib;
    const job = await saveResults(bytes);
    const address = `${system.baseUrl}/v1/jobs/${job}/results?format=bare`;
    const { body } = await fetch(address);
    let received = 0;
    await expect(async () => {
      for await (const piece of body as AsyncIterable<Uint8Array>) {
        if (received === 0) system.kill('gateway');
        received += piece.length;
      }
    }).rejects.toThrow();
    expect(received).toBeLessThan(bytes);
    await system.ready();
    const lines = createClient({ baseUrl: system.baseUrl }).results(job, { from: 32_768, limit: 2 });
    const first = await lines.next();
    expect(first.value).toMatchObject({ index: 32_768 });
  },
);
