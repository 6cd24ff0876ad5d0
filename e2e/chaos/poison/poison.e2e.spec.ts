import { join } from 'node:path';
import { expect, it } from 'vitest';
import { natsServer, repository } from '../../fixture/system.ts';
import { POISON_SHORT } from './poison-profile.ts';
import { runPoison } from './poison-run.ts';

it(
  'chunks that throw, loop, eat memory and kill their worker are set aside alone, and the healthy ones count',
  { timeout: 240_000 },
  async () => {
    process.env['MANYHANDS_NATS_SERVER'] = natsServer();
    const { violations, run } = await runPoison(
      POISON_SHORT,
      3,
      join(repository, '.reports/chaos/poison-short'),
      () => undefined,
    );
    expect(violations).toEqual([]);
    expect(run.letters).toHaveLength(4);
    expect(run.crashes.length, 'workers taken down').toBeGreaterThan(0);
  },
);
