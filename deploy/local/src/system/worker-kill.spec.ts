import { beforeEach, expect, test } from 'vitest';
import { killAsOrdered } from './worker-kill.ts';

let ended: string[];
const worker = (name: string, pid?: number) => ({
  plan: { name },
  crash() {
    if (pid !== undefined) ended.push(name);
    return pid;
  },
});
const order = { type: 'KillWorker', id: 3 };
const workers = () => [worker('compute-1'), worker('compute-2', 42), worker('compute-3', 43)];

beforeEach(() => {
  ended = [];
});

test('one worker that runs is ended, and named', () => {
  expect(killAsOrdered('gateway', order, { isOn: true, workers: workers() })).toEqual({
    type: 'WorkerKilled',
    id: 3,
    worker: { name: 'compute-2', pid: 42 },
  });
  expect(ended).toEqual(['compute-2']);
});

test('where none runs at the moment, the answer states so', () => {
  expect(killAsOrdered('gateway', order, { isOn: true, workers: [worker('compute')] })).toMatchObject({ id: 3, worker: null });
});

test('any other process, any other message, and a system that is not for this machine alone end nothing', () => {
  for (const from of ['compute', 'compute-2', 'coordinator', 'metrics', 'gateway-2'])
    expect(killAsOrdered(from, order, { isOn: true, workers: workers() })).toBeUndefined();
  for (const message of [null, 'KillWorker', { type: 'Kill', id: 3 }, { type: 'KillWorker' }])
    expect(killAsOrdered('gateway', message, { isOn: true, workers: workers() })).toBeUndefined();
  expect(killAsOrdered('gateway', order, { isOn: false, workers: workers() })).toBeUndefined();
  expect(ended).toEqual([]);
});
