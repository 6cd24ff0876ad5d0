import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HEARTBEAT_INTERVAL_MS, HEARTBEAT_TTL_MS } from '@manyhands/proto';
import { createLogger } from '@manyhands/observe';
import { aWorkerHeartbeat } from '@manyhands/testkit';
import { newWorkerId } from '../worker-id.ts';
import { Heartbeat } from './heartbeat.ts';

describe('Heartbeat', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  async function beating() {
    const bucket = { put: vi.fn(async () => 1), remove: vi.fn(async () => undefined) };
    const heartbeat = new Heartbeat({
      bucket,
      workerId: 'w',
      state: () => aWorkerHeartbeat(),
      log: createLogger('test', { level: 'silent' }),
    });
    await heartbeat.start();
    return { bucket, heartbeat };
  }

  it('beats at its interval, with a life time that outlives a missed beat', async () => {
    const { bucket, heartbeat } = await beating();
    await vi.advanceTimersByTimeAsync(HEARTBEAT_INTERVAL_MS * 4);
    expect(bucket.put).toHaveBeenCalledTimes(5);
    expect(bucket.put).toHaveBeenLastCalledWith('w', expect.anything(), { ttlMs: HEARTBEAT_TTL_MS });
    await heartbeat.stop();
  });

  it('beats soon after a change, and at most once a second however much changes', async () => {
    const { bucket, heartbeat } = await beating();
    for (let times = 0; times < 300; times += 1) {
      heartbeat.touch();
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(bucket.put).toHaveBeenCalledTimes(4);
    await heartbeat.stop();
  });

  it('goes on after a beat that could not be written', async () => {
    const { bucket, heartbeat } = await beating();
    bucket.put.mockRejectedValueOnce(new Error('away'));
    await vi.advanceTimersByTimeAsync(HEARTBEAT_INTERVAL_MS * 2);
    expect(bucket.put).toHaveBeenCalledTimes(3);
    await heartbeat.stop();
  });

  it('removes its key when it stops, and beats no more', async () => {
    const { bucket, heartbeat } = await beating();
    await heartbeat.stop();
    heartbeat.touch();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(bucket.remove).toHaveBeenCalledWith('w');
    expect(bucket.put).toHaveBeenCalledTimes(1);
  });
});

it('a worker id holds only letters that ids may have, and differs at each start', () => {
  expect(newWorkerId('my.host.example', 12)).toMatch(/^my-host-example-12-[0-9a-f]{6}$/);
  expect(newWorkerId()).not.toBe(newWorkerId());
});
