/**
 * Ports for the servers of tests. A port that is merely free may be taken before the server listens, or while it is down on purpose: by a test that runs
 * beside, or by the operating system, which takes the local ports of connections from 32768 upwards (macOS: from 49152).
 *
 * Invariant: no two processes of this machine and user are given one port within a period, and none is where connections get theirs.
 */
import { randomInt } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** From the first to below the second. */
export const PORTS = [20_000, 32_000] as const;
/** Longer than any run of tests. */
const periodMs = 4 * 3_600_000;
const triesMax = 1_000;

/** One that no program listens on at `host`, and that no other caller gets. Throws when there is none left. */
export async function reservedPort(host = '127.0.0.1', pick = () => randomInt(...PORTS)): Promise<number> {
  const folder = periodFolder();
  for (let tries = 0; tries < triesMax; tries += 1) {
    const port = pick();
    if (isReservedNow(join(folder, String(port))) && (await isFree(port, host))) return port;
  }
  throw new Error(
    `of ${triesMax} ports between ${PORTS.join(' and ')} none is free; those given out before are files in ${folder}`,
  );
}

/** Where each port given out in this period is an empty file. Those of earlier periods are removed. */
function periodFolder(): string {
  const all = join(tmpdir(), `manyhands-ports-${process.getuid?.() ?? 'all'}`);
  const period = String(Math.floor(Date.now() / periodMs));
  if (mkdirSync(join(all, period), { recursive: true }) !== undefined)
    for (const name of readdirSync(all))
      if (Number(name) < Number(period) - 1) rmSync(join(all, name), { recursive: true, force: true });
  return join(all, period);
}

/** Only one process makes the file. */
function isReservedNow(file: string): boolean {
  try {
    closeSync(openSync(file, 'wx'));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
