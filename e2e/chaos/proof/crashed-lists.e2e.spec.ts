import { join } from 'node:path';
import { expect, it } from 'vitest';
import { natsServer, repository } from '../../fixture/system.ts';
import { LISTS_SHORT, runLists } from './crashed-lists.ts';

it(
  'processes that die between part, record, result and manifest, and a server that dies, leave each line of a list whole and once',
  { timeout: 300_000 },
  async () => {
    process.env['MANYHANDS_NATS_SERVER'] = natsServer();
    const { violations } = await runLists(LISTS_SHORT, 7, join(repository, '.reports/chaos/proofs-short'), () => undefined);
    expect(violations).toEqual([]);
  },
);
