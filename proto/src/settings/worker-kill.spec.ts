import fc from 'fast-check';
import { expect, it } from 'vitest';
import { settingsOf } from './read-settings.ts';
import { mayKillWorkers, readKillWorker, readWorkerKilled } from './worker-kill.ts';

const may = (environment: Record<string, string>) => mayKillWorkers(settingsOf('gateway', environment));

it('workers are ended from the page only where nothing leads to the system from elsewhere, and it is not switched off', () => {
  expect(may({})).toBe(true);
  for (const HOST of ['::1', 'localhost', '127.0.0.2']) expect(may({ HOST })).toBe(true);
  expect(may({ MANYHANDS_WORKER_KILL: 'off' })).toBe(false);
  expect(may({ AUTH: 'on' })).toBe(false);
  for (const HOST of ['0.0.0.0', '192.168.1.5', '::']) expect(may({ HOST })).toBe(false);
  expect(may({ MANYHANDS_ORIGINS: 'https://hands.example' })).toBe(false);
  expect(may({ MANYHANDS_TRUSTED_PROXIES: '127.0.0.1' })).toBe(false);
});

it('an order and its answer are read as they were sent, and nothing else is one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.jsonValue(), (id, other) => {
      expect(readKillWorker({ type: 'KillWorker', id })).toEqual({ type: 'KillWorker', id });
      const killed = { type: 'WorkerKilled', id, worker: { name: 'compute', pid: 7 } };
      expect(readWorkerKilled(killed, id)).toEqual(killed);
      expect(readWorkerKilled({ ...killed, worker: null }, id)).toEqual({ ...killed, worker: null });
      expect(readWorkerKilled(killed, id + 1)).toBeUndefined();
      expect(readKillWorker(other)).toBeUndefined();
      expect(readWorkerKilled(other, id)).toBeUndefined();
    }),
  );
  expect(readKillWorker({ type: 'KillWorker', id: 'one' })).toBeUndefined();
});
