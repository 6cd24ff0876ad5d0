import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { natsServer, repository } from '../fixture/system.ts';
import { PROFILES } from './profile.ts';
import { runStage } from './stage-run.ts';

const [torment, walk] = PROFILES.short;
const folder = join(repository, '.reports/chaos/short-3');

beforeAll(() => {
  process.env['MANYHANDS_NATS_SERVER'] = natsServer();
});

it('services and the server are killed under load, and every promise holds', { timeout: 240_000 }, async () => {
  const { violations, figures } = await runStage(torment!, 3, folder, () => undefined);
  expect(violations).toEqual([]);
  expect(figures.jobs).toBeGreaterThanOrEqual(torment!.jobsMin);
  const kills = Object.entries(figures.faults).reduce((sum, [what, count]) => sum + (what.startsWith('kill') ? count : 0), 0);
  expect(kills).toBe(torment!.serviceKills + torment!.serverKills);
});

it('processes die right after or before a step of the protocol, and every promise holds', { timeout: 240_000 }, async () => {
  const { violations, figures } = await runStage(walk!, 3, folder, () => undefined);
  expect(violations).toEqual([]);
  expect(figures.crashPoints).toBe(walk!.points.length);
});
