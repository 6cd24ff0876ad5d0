import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FrozenStore, saysWriteFailed } from './frozen-store.ts';

const writeFailed =
  '[4493] 2026/11/22 02:41:26.813343 [ERR] Filestore [MAILBOX] Critical write error: write /store/1.blk: no space left on device';
const startAnew = vi.fn();
let said: string[];

beforeEach(() => {
  said = [];
  startAnew.mockClear();
});
afterEach(() => vi.useRealTimers());

const say = (line: string): void => void said.push(line);

test('a write that failed is told from everything else the server says', () => {
  expect(saysWriteFailed(writeFailed)).toBe(true);
  expect(
    saysWriteFailed(
      "[1] 2026/11/22 02:41:26.8 [ERR] JetStream stream '$G > A' critical write error: write /s/1.blk: input/output error",
    ),
  ).toBe(true);
  expect(saysWriteFailed('[1] 2026/11/22 02:41:26.8 [INF] no space left on device')).toBe(false);
  expect(saysWriteFailed('[1] 2026/11/22 02:41:26.8 [ERR] 127.0.0.1:1 - Slow Consumer Detected')).toBe(false);
});

test('the server is started anew when there is room, not before, and once however often it complains', async () => {
  vi.useFakeTimers();
  let free = 0;
  const store = new FrozenStore({ storeFolder: '/store', startAnew, say, freeBytes: async () => free });
  store.hear('[1] 2026/11/22 02:41:26.8 [INF] Server is ready');
  expect(said).toEqual([]);
  for (let count = 0; count < 3; count += 1) store.hear(writeFailed);
  expect(said).toEqual([expect.stringMatching(/cannot write to \/store: is the disk full\?/)]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(startAnew).not.toHaveBeenCalled();
  free = 64 * 1024 ** 2;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(startAnew).toHaveBeenCalledTimes(1);
  store.hear(writeFailed);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(startAnew).toHaveBeenCalledTimes(2);
});

test('what is free is read off the disk the store is on', async () => {
  new FrozenStore({ storeFolder: tmpdir(), startAnew, say }).hear(writeFailed);
  await vi.waitFor(() => expect(startAnew).toHaveBeenCalledTimes(1), { timeout: 20_000 });
});
