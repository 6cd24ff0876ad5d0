import { join } from 'node:path';
import { expect, it } from 'vitest';
import { natsServer, repository } from '../../fixture/system.ts';
import { runFrozen } from './frozen-purge.ts';

it(
  'a coordinator that slept between pausing a job and taking its leases back leaves those of the next owner alone',
  { timeout: 180_000 },
  async () => {
    process.env['MANYHANDS_NATS_SERVER'] = natsServer();
    expect((await runFrozen(3, join(repository, '.reports/chaos/proofs-short'))).violations).toEqual([]);
  },
);
