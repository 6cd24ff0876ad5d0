/** An input that is larger than all memory the gateway may use for it: 512 MiB, and 2 GiB, the most there may be, with `FULL_SIZES=1`. */
import { readFileSync } from 'node:fs';
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
async function upload(bytes: number): Promise<{ view: Answer<'InputView'>; peakMb: number; sec: number }> {
  const piece = Buffer.from(`"${'0123456789abcdef'.repeat(255)}${'x'.repeat(13)}"\n`.repeat(256));
  let sent = 0;
  let peakMb = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (sent % (8 * mib) === 0) peakMb = Math.max(peakMb, memoryMb());
        if (sent === bytes) return controller.close();
        sent += piece.length;
        controller.enqueue(piece);
      },
    },
    { highWaterMark: 0 },
  );
  const fromMs = performance.now();
  const answer = await fetch(`${system.baseUrl}/v1/inputs?form=ndjson`, { method: 'POST', body, duplex: 'half' } as RequestInit);
  const text = await answer.text();
  expect(answer.status, text).toBe(201);
  return { view: JSON.parse(text) as Answer<'InputView'>, peakMb, sec: (performance.now() - fromMs) / 1_000 };
}

// Memory is read where Linux has it.
it.skipIf(process.platform !== 'linux')(
  'a large upload leaves the memory of the gateway flat',
  async () => {
    const bytes = process.env['FULL_SIZES'] === '1' ? limits.inputBytesMax : 512 * mib;
    // What the first upload leaves behind for the next ones: compiled code, buffers, room the collector keeps.
    const warm = await upload(128 * mib);
    const remove = await fetch(`${system.baseUrl}/v1/inputs/${warm.view.input_id}`, { method: 'DELETE' });
    expect(remove.status).toBe(204);
    const whole = await upload(bytes);
    expect(whole.view).toMatchObject({ records: bytes / 4_096, bytes });
    console.log(
      `gateway: ${warm.peakMb.toFixed(0)} MB while 128 MiB come, ${whole.peakMb.toFixed(0)} MB while ${bytes / mib} MiB do, in ${whole.sec.toFixed(0)} s`,
    );
    expect(whole.peakMb - warm.peakMb).toBeLessThan(32);
  },
  600_000,
);
