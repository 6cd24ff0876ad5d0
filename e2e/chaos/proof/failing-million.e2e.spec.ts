import { join } from 'node:path';
import { expect, it } from 'vitest';
import { natsServer, repository } from '../../fixture/system.ts';
import { FAILING_SHORT, runFailing } from './failing-million.ts';

it('60,000 chunks of which a tenth fail cost their own job alone', { timeout: 240_000 }, async () => {
  process.env['MANYHANDS_NATS_SERVER'] = natsServer();
  const { violations, run } = await runFailing(
    FAILING_SHORT,
    3,
    join(repository, '.reports/chaos/proofs-short'),
    () => undefined,
  );
  expect(violations).toEqual([]);
  expect(run.beside.length, 'small jobs beside it').toBeGreaterThan(0);
});
