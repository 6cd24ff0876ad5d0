/** What somebody meets who starts a system by one command in an empty folder. How long it takes is printed by `bench/npx.ts`. */
import { join } from 'node:path';
import { reservedPort } from '@manyhands/testkit';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { rest } from '../fixture/rest.ts';
import { natsServer } from '../fixture/system.ts';
import { startByNpx, type NpxRun } from './npx.ts';

const linesMax = 12;
/** As `du -m` counts them: 2^20 bytes, whole blocks of the disk. nats-server (24 MB) is not among them. */
const installedMbMax = 120;

let port: number;
let run: NpxRun | undefined;

beforeAll(async () => {
  const { folder, packed } = inject('packages');
  const tarballs = packed.filter(({ name }) => name !== 'create-manyhands').map(({ filename }) => join(folder, filename));
  port = await reservedPort();
  run = await startByNpx({ tarballs, warm: true, port, natsPort: await reservedPort(), natsServer: natsServer() });
}, 300_000);
afterAll(() => run?.stop());

it('prints at most 12 lines, the last of which is the address', () => {
  expect(run!.lines.at(-1)).toContain(`Ready: open http://127.0.0.1:${port} in a browser`);
  expect(run!.lines.length, run!.lines.join('\n')).toBeLessThanOrEqual(linesMax);
});

it('takes at most 120 MB of the disk', () => {
  expect(Math.ceil(run!.installedBytes / 2 ** 20)).toBeLessThanOrEqual(installedMbMax);
});

it('computes a job, and Ctrl-C ends all of it', async () => {
  const api = rest(`http://127.0.0.1:${port}`);
  const job = await api.post('/v1/jobs?wait=30s', { kind: 'sum', params: { n: 10_000 }, chunks: 4 });
  expect(job.json).toMatchObject({ status: 'completed', result: 50_005_000 });
  await run!.stop();
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
}, 60_000);
