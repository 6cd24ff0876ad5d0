import { expect, it } from 'vitest';
import { natsServer } from '../fixture/system.ts';
import { watchSlowReaders } from './slow-readers.ts';

it('clients that never read cost the gateway little, and those that read nothing', { timeout: 240_000 }, async () => {
  process.env['MANYHANDS_NATS_SERVER'] = natsServer();
  const seen = await watchSlowReaders({ websockets: 100, streams: 100, stuckOfTen: 1, seconds: 4, untilCut: false });
  expect(seen).toMatchObject({ stuck: 20, behind: 20, readersLost: 0, slowConsumers: 0 });
  expect(seen.heldBytesMax).toBeGreaterThan(0);
  expect(seen.heldBytesMax).toBeLessThanOrEqual(64 * 1024);
  expect(seen.reach.missed).toBe(0);
  expect(seen.reach.samples).toBeGreaterThanOrEqual(180 * 10);
  // Alone on two cores some 20 ms.
  expect(seen.reach.p99Ms).toBeLessThanOrEqual(5_000);
});
