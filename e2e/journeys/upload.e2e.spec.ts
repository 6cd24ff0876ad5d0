/** An input that is larger than all memory the gateway may use for it: 768 MiB, and 2 GiB, the most there may be, with `FULL_SIZES=1`. */
import { readFileSync } from 'node:fs';
import { openBroker, openBucket } from '@manyhands/broker';
import { limits, type Answer } from '@manyhands/proto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSystem, type System } from '../fixture/system.ts';

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

/** Lines of 4 KiB. */
const piece = Buffer.from(`"${'0123456789abcdef'.repeat(255)}${'x'.repeat(13)}"\n`.repeat(256));

// Memory is read where Linux has it. The first half leaves behind what the second one needs as well: compiled code, buffers, room the collector keeps.
it.skipIf(process.platform !== 'linux')(
  'a large upload leaves the memory of the gateway flat',
  { timeout: 600_000 },
  async () => {
    const bytes = process.env['FULL_SIZES'] === '1' ? limits.inputBytesMax : 768 * mib;
    let sent = 0;
    const peakMb = { first: 0, second: 0 };
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const half = sent < bytes / 2 ? 'first' : 'second';
          if (sent % (8 * mib) === 0) peakMb[half] = Math.max(peakMb[half], memoryMb());
          if (sent === bytes) return controller.close();
          sent += piece.length;
          controller.enqueue(piece);
        },
      },
      { highWaterMark: 0 },
    );
    const answer = await fetch(`${system.baseUrl}/v1/inputs?form=ndjson`, {
      method: 'POST',
      body,
      duplex: 'half',
    } as RequestInit);
    const text = await answer.text();
    expect(answer.status, text).toBe(201);
    expect(JSON.parse(text) as Answer<'InputView'>).toMatchObject({ records: bytes / 4_096, bytes });
    console.log(
      `gateway, ${bytes / mib} MiB received: ${peakMb.first.toFixed(0)} MB at most in the first half, ${peakMb.second.toFixed(0)} MB in the second`,
    );
    expect(peakMb.second - peakMb.first).toBeLessThan(64);
  },
);

it('an upload that loses its gateway is told so, and leaves no input behind', { timeout: 120_000 }, async () => {
  const recordsNow = async (): Promise<number> => {
    const broker = await openBroker({ ...system.natsAdmin, name: 'test' });
    try {
      return (await (await openBucket(broker, 'artifactRecords')).entries('>')).length;
    } finally {
      await broker.close();
    }
  };
  const before = await recordsNow();
  let sent = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // Otherwise the end of the connection is never seen.
        await new Promise(setImmediate);
        if (sent === 32 * mib) system.kill('gateway');
        sent += piece.length;
        controller.enqueue(piece);
      },
    },
    { highWaterMark: 0 },
  );
  const address = `${system.baseUrl}/v1/inputs?form=ndjson`;
  await expect(fetch(address, { method: 'POST', body, duplex: 'half' } as RequestInit)).rejects.toThrow();
  expect(sent).toBeGreaterThanOrEqual(32 * mib);
  await system.ready();
  expect(await recordsNow()).toBe(before);
  const answer = await fetch(address, { method: 'POST', body: piece });
  expect((await answer.json()) as Answer<'InputView'>).toMatchObject({ records: 256, bytes: piece.length });
});
