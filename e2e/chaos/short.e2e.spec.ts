import { join } from 'node:path';
import { expect, it } from 'vitest';
import { natsServer, repository } from '../fixture/system.ts';
import { PROFILES } from './profile.ts';
import { runStage } from './stage-run.ts';

const [stage] = PROFILES.short;

it('services and the server are killed under load, and every promise holds', { timeout: 240_000 }, async () => {
  process.env['MANYHANDS_NATS_SERVER'] = natsServer();
  const { violations, figures } = await runStage(stage!, 3, join(repository, '.reports/chaos/short-3'), () => undefined);
  expect(violations).toEqual([]);
  expect(figures.jobs).toBeGreaterThanOrEqual(stage!.jobsMin);
  const kills = Object.entries(figures.faults).reduce((sum, [what, count]) => sum + (what.startsWith('kill') ? count : 0), 0);
  expect(kills).toBe(stage!.serviceKills + stage!.serverKills);
});
