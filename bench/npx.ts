/**
 * How long a new user waits: packs the packages, starts a system by one command in an empty folder, and prints seconds, lines and megabytes. Once with what npm
 * has fetched before, once with an empty cache, which needs the network. nats-server is there in both.
 *
 *   node --conditions=source --disable-warning=ExperimentalWarning bench/npx.ts
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reservedPort } from '@manyhands/testkit';
import { natsServer } from '../e2e/fixture/system.ts';
import { startByNpx } from '../e2e/packages/npx.ts';
import { packAll } from '../e2e/packages/packed.ts';

const goals = { warm: 20, cold: 60 };

const folder = mkdtempSync(join(tmpdir(), 'manyhands-packed-'));
try {
  const tarballs = packAll(folder)
    .filter(({ name }) => name !== 'create-manyhands')
    .map(({ filename }) => join(folder, filename));
  for (const cache of ['warm', 'cold'] as const) {
    const [port, natsPort] = [await reservedPort(), await reservedPort()];
    const run = await startByNpx({ tarballs, warm: cache === 'warm', port, natsPort, natsServer: natsServer() });
    await run.stop();
    const megabytes = Math.ceil(run.installedBytes / 2 ** 20);
    process.stdout.write(
      `${cache} cache: ready after ${(run.readyMs / 1000).toFixed(1)} s (goal ${goals[cache]}), ${run.lines.length} lines, ${megabytes} MB\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
