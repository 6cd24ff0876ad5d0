import { afterEach, expect, it, vi } from 'vitest';
import { Refusal, runEntry } from './refusal.ts';

const { exitCode } = process;
afterEach(() => {
  process.exitCode = exitCode;
  vi.restoreAllMocks();
});

async function printedFor(error: Error): Promise<string> {
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  await runEntry(() => Promise.reject(error));
  expect(process.exitCode).toBe(1);
  return written.mock.calls.map(([text]) => String(text)).join('');
}

it('a refusal is its sentence', async () => {
  expect(await printedFor(new Refusal('There is no room.'))).toBe('There is no room.\n');
});

// Seen: the stack of `writeFileSync`.
it('a disk that takes nothing is a sentence that states what to do', async () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  expect(await printedFor(full)).toBe(
    'The disk is full (ENOSPC: no space left on device, write). Make room, or name a folder on another disk with MANYHANDS_HOME.\n',
  );
});

it('anything else keeps its stack', async () => {
  expect(await printedFor(new TypeError('a mistake'))).toMatch(/^TypeError: a mistake\n {4}at /);
});
