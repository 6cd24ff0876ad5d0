import { join } from 'node:path';
import { expect, it } from 'vitest';
import { natsServer, repository } from '../../fixture/system.ts';
import { ROAMING_SHORT, runRoaming } from './roaming.ts';

it(
  'watchers that move between gateways, of which one is cut off and then frozen, see no job fall back and nothing that is old',
  { timeout: 240_000 },
  async () => {
    process.env['MANYHANDS_NATS_SERVER'] = natsServer();
    const { violations } = await runRoaming(ROAMING_SHORT, 3, join(repository, '.reports/chaos/proofs-short'));
    expect(violations).toEqual([]);
  },
);
