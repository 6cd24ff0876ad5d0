import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { uploadPieces, type UploadBounds } from './upload-pieces.ts';

function anUpload(bounds: Partial<UploadBounds> = {}, headers: Record<string, string> = {}) {
  const request = Object.assign(new PassThrough(), { headers });
  return { request, pieces: uploadPieces(request as unknown as IncomingMessage, { bytesMax: 100_000, ...bounds }) };
}

afterEach(() => void vi.useRealTimers());

async function all(pieces: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const read: Buffer[] = [];
  for await (const piece of pieces) read.push(piece);
  return read;
}

test('a large piece comes in small ones, and others have their turn between them', async () => {
  const { request, pieces } = anUpload({ bytesMax: 320_000 });
  request.end(Buffer.alloc(320_000, 'x'));
  let turns = 0;
  let isOver = false;
  const others = (async () => {
    for (; !isOver; turns += 1) await setImmediate();
  })();
  const sizes = (await all(pieces)).map(({ length }) => length);
  isOver = true;
  await others;
  expect(Math.max(...sizes)).toBeLessThanOrEqual(16 * 1024);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(320_000);
  expect(sizes.length).toBe(20);
  expect(turns).toBeGreaterThanOrEqual(sizes.length);
});

test('as many bytes as there may be are taken, and one more is refused: stated, or found', async () => {
  const taken = anUpload();
  taken.request.end(Buffer.alloc(100_000));
  expect((await all(taken.pieces)).length).toBeGreaterThan(0);
  const found = anUpload();
  found.request.end(Buffer.alloc(100_001));
  await expect(all(found.pieces)).rejects.toMatchObject({ status: 413 });
  await expect(all(anUpload({}, { 'content-length': '100001' }).pieces)).rejects.toMatchObject({ status: 413 });
});

test('silence of the client ends it, and the time it waits for us does not', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { request, pieces } = anUpload({ silentMs: 60 });
  request.write('a');
  expect((await pieces.next()).value).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(150);
  request.write('b');
  expect((await pieces.next()).value).toHaveLength(1);
  const silent = expect(pieces.next()).rejects.toMatchObject({
    status: 408,
    response: { detail: expect.stringMatching(/nothing was stored/) },
  });
  while (vi.getTimerCount() === 0) await setImmediate();
  await vi.advanceTimersByTimeAsync(60);
  await silent;
  expect(request.destroyed, 'it still has to be answered').toBe(false);
});

test('an upload has an end, however little comes at a time', async () => {
  const { request, pieces } = anUpload({ withinMs: 0 });
  request.write('a');
  await expect(pieces.next()).rejects.toMatchObject({ status: 408 });
});

test('a client that leaves is an error that states it', async () => {
  const { request, pieces } = anUpload();
  request.destroy(new Error('aborted'));
  await expect(pieces.next()).rejects.toMatchObject({
    status: 400,
    response: { detail: expect.stringMatching(/cut off \(aborted\)/) },
  });
});
