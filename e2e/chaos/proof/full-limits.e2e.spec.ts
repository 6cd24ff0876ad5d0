import { join } from 'node:path';
import { expect, it } from 'vitest';
import { natsServer, repository } from '../../fixture/system.ts';
import { FULL_SHORT, runFull } from './full-limits.ts';

it(
  'whatever is full, a submit is refused with 503 or its job ends, and all goes on once there is room',
  { timeout: 240_000 },
  async () => {
    process.env['MANYHANDS_NATS_SERVER'] = natsServer();
    const { violations, run } = await runFull(FULL_SHORT, 3, join(repository, '.reports/chaos/proofs-short'), () => undefined);
    expect(violations).toEqual([]);
    expect(run.episodes.reduce((sum, { refused }) => sum + refused, 0)).toBeGreaterThan(0);
    expect(run.episodes.reduce((sum, { accepted }) => sum + accepted, 0)).toBeGreaterThan(0);
  },
);
