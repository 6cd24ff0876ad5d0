import { join } from 'node:path';
import { expect, it } from 'vitest';
import { natsServer, repository } from '../../fixture/system.ts';
import { BYTES_SHORT, runBytes } from './hostile-bytes.ts';

it('results and params that hurt to read arrive byte for byte, or fail their job in words', { timeout: 240_000 }, async () => {
  process.env['MANYHANDS_NATS_SERVER'] = natsServer();
  const { violations, run } = await runBytes(BYTES_SHORT, 3, join(repository, '.reports/chaos/proofs-short'), () => undefined);
  expect(violations).toEqual([]);
  expect(run.completed).toBeGreaterThan(100);
  expect(run.failed).toBeGreaterThan(50);
});
