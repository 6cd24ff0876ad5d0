import { join } from 'node:path';
import { expect, it } from 'vitest';
import { natsServer, repository } from '../../fixture/system.ts';
import { runYoung, YOUNG_SHORT } from './young-schedules.ts';

it('a crash of nats-server takes no run of a schedule just stored or resumed', { timeout: 240_000 }, async () => {
  process.env['MANYHANDS_NATS_SERVER'] = natsServer();
  const { violations } = await runYoung(YOUNG_SHORT, 3, join(repository, '.reports/chaos/proofs-short'));
  expect(violations).toEqual([]);
});
