import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { homeOf, type Home } from './home.ts';
import { lockHome, readHolder } from './home-lock.ts';

let home: Home;
beforeEach(async () => {
  home = homeOf({ MANYHANDS_HOME: await mkdtemp(join(tmpdir(), 'home-')) });
});
afterEach(() => rm(home.folder, { recursive: true, force: true }));

test('a second start on the same home is refused and told who is there', () => {
  const lock = lockHome(home, { pid: 4711, url: 'http://localhost:8000' });
  expect(() => lockHome(home, { pid: 1, url: 'http://localhost:1' })).toThrow(/already runs on .* \(process 4711, http:\/\/localhost:8000\)/);
  expect(readHolder(home)).toEqual({ pid: 4711, url: 'http://localhost:8000' });
  lock.describe({ pid: 4711, url: 'http://localhost:8000', nats_url: 'nats://127.0.0.1:4222' });
  expect(readHolder(home)).toMatchObject({ nats_url: 'nats://127.0.0.1:4222' });
  lock.release();
  expect(existsSync(home.holder)).toBe(false);
  const next = lockHome(home, { pid: 3, url: 'http://localhost:3' });
  lock.release();
  expect(readHolder(home)?.pid).toBe(3);
  next.release();
  lockHome(home, { pid: 2, url: 'http://localhost:2' }).release();
});

test('the lock of a process that was killed is free at once, whatever it left written', async () => {
  const holder = spawn(process.execPath, ['--input-type=module', '-e', holding], {
    env: { ...process.env, MODULES: new URL('./', import.meta.url).href, MANYHANDS_HOME: home.folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  expect(() => lockHome(home, { pid: 1, url: 'http://localhost:1' })).toThrow(`process ${holder.pid}`);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  expect(readHolder(home)?.pid).toBe(holder.pid);
  lockHome(home, { pid: 1, url: 'http://localhost:1' }).release();
});

const holding = `
  const { homeOf } = await import(process.env.MODULES + 'home.ts');
  const { lockHome } = await import(process.env.MODULES + 'home-lock.ts');
  lockHome(homeOf(process.env), { pid: process.pid, url: 'http://localhost:8000' });
  process.stdout.write('held');
  setInterval(() => {}, 1000);
`;
