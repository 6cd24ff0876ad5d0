import { join } from 'node:path';
import { expect, it } from 'vitest';
import { natsServer, repository } from '../../fixture/system.ts';
import { LATE_SHORT, runLate } from './late-coordinator.ts';

it(
  '500 results of 255 kB that wait for a coordinator are folded, and nobody is cut off as a slow consumer',
  { timeout: 240_000 },
  async () => {
    process.env['MANYHANDS_NATS_SERVER'] = natsServer();
    expect((await runLate(LATE_SHORT, 3, join(repository, '.reports/chaos/proofs-short'))).violations).toEqual([]);
  },
);
