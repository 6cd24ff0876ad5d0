import { join } from 'node:path';
import { expect, it } from 'vitest';
import { natsServer, repository } from '../../fixture/system.ts';
import { ROLLING_SHORT, runRolling } from './rolling-deploys.ts';

// Seen: three orderly ends cost a long chunk an attempt, nine failed its job with "the worker died".
it(
  'workers that are replaced again and again in the middle of long chunks cost no chunk an attempt',
  { timeout: 300_000 },
  async () => {
    process.env['MANYHANDS_NATS_SERVER'] = natsServer();
    expect((await runRolling(ROLLING_SHORT, 5, join(repository, '.reports/chaos/proofs-short'))).violations).toEqual([]);
  },
);
