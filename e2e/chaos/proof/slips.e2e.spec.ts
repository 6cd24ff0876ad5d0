import { join } from 'node:path';
import { expect, it } from 'vitest';
import { natsServer, repository } from '../../fixture/system.ts';
import { runSlips, SLIPS_SHORT } from './slips.ts';

it(
  'consumers deleted, WORK purged, limits made small and streams removed by hand are put right, and every job ends right',
  { timeout: 300_000 },
  async () => {
    process.env['MANYHANDS_NATS_SERVER'] = natsServer();
    expect((await runSlips(SLIPS_SHORT, 5, join(repository, '.reports/chaos/proofs-short'), () => undefined)).violations).toEqual(
      [],
    );
  },
);
