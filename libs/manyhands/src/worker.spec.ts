import { afterEach, expect, it, vi } from 'vitest';
import { startWorker } from './worker.ts';

afterEach(() => void vi.restoreAllMocks());

// Seen of a service: with more slots than its container has memory for it was killed by the operating system, again and again.
it('starts with no more slots than its memory holds, and states what to set', async () => {
  vi.spyOn(process, 'constrainedMemory').mockReturnValue(512 * 1024 ** 2);
  await expect(startWorker({ kindModules: [], slots: 18 })).rejects.toThrow(
    'The worker cannot start: slots is 18, and so many threads need 520 MiB of memory before their chunks hold anything; this process may use 512. ' +
      'Set it to 17 at most, or let it use more.',
  );
});
