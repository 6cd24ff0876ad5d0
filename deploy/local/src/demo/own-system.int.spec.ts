import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually, reservedPort } from '@manyhands/testkit';
import { homeOf } from '../home.ts';
import { askReadiness } from '../system/readiness.ts';
import { startOwnSystem, type OwnSystem } from './own-system.ts';
import { findRunningSystem, requireRunningSystem } from './running-system.ts';

let folder: string;
let url: string;
let pid: number | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'own-system-'));
  url = `http://127.0.0.1:${await reservedPort()}`;
  pid = undefined;
});
afterEach(async () => {
  if (pid !== undefined && isAlive(pid)) process.kill(pid, 'SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

async function start({ keep = false, manner = '', signal = new AbortController().signal } = {}): Promise<OwnSystem> {
  const system = await startOwnSystem({
    home: homeOf({ MANYHANDS_HOME: folder }),
    url,
    command: [fileURLToPath(new URL('../../fixtures/start.mjs', import.meta.url)), manner],
    env: { ...process.env, PORT: new URL(url).port },
    keep,
    signal,
  });
  pid = system.pid;
  return system;
}

function isAlive(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
}

test('it is ready when it has started, found by who looks for it, and gone when it has stopped', async () => {
  expect(await findRunningSystem([url])).toBeUndefined();
  const system = await start();
  expect(await findRunningSystem([`${url}1`.slice(0, -1), url])).toBe(url);
  expect(await requireRunningSystem(url)).toBe(url);
  await system.stop();
  expect(isAlive(system.pid)).toBe(false);
  await expect(requireRunningSystem(url)).rejects.toThrow(`No Manyhands answers at ${url}. Start one with "npm start"`);
});

test('a kept one runs on', async () => {
  const system = await start({ keep: true });
  await system.stop();
  expect(await askReadiness(url)).toEqual({ state: 'ready' });
});

test('one that does not start is a refusal that ends with its log', async () => {
  await expect(start({ manner: 'fails' })).rejects.toThrow(
    /The system did not start\. The end of .*demo\.log:\nPort 8000 is taken by another program\.$/,
  );
});

test('an interrupted start leaves nothing behind', async () => {
  const interrupt = new AbortController();
  const starting = start({ signal: interrupt.signal });
  interrupt.abort(new Error('interrupted'));
  await expect(starting).rejects.toThrow('interrupted');
  await eventually(async () => expect(await askReadiness(url)).toEqual({ state: 'away' }));
});
