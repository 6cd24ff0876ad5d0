import { join } from 'node:path';
import { expect, it } from 'vitest';
import { natsServer, repository } from '../../fixture/system.ts';
import { only } from '../history.ts';
import { CONTAINMENT_SHORT } from './containment-profile.ts';
import { runContainment } from './containment-run.ts';
import { WAY_NAMES } from './ways.ts';

it(
  'jobs that are hostile in every way known hurt only themselves, while coordinators come and go',
  { timeout: 300_000 },
  async () => {
    process.env['MANYHANDS_NATS_SERVER'] = natsServer();
    const { violations, entries, comings } = await runContainment(
      CONTAINMENT_SHORT,
      3,
      join(repository, '.reports/chaos/containment-short'),
      () => undefined,
    );
    expect(violations).toEqual([]);
    expect(new Set(only(entries, 'submitted').flatMap(({ way }) => way ?? []))).toEqual(new Set(WAY_NAMES));
    expect(comings.length, 'coordinators that went and came back').toBeGreaterThan(5);
  },
);
