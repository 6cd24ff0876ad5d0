import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { homeOf, type Home } from './home.ts';
import { lockHome, readHolder } from './home-lock.ts';
import { Refusal } from './refusal.ts';

let home: Home;
beforeEach(async () => {
  home = homeOf({ MANYHANDS_HOME: await mkdtemp(join(tmpdir(), 'home-')) });
});
let holder: ChildProcess | undefined;
afterEach(async () => {
  holder?.kill('SIGKILL');
  await rm(home.folder, { recursive: true, force: true });
});

test('a second start on the same home is refused and told who is there', () => {
  const lock = lockHome(home, { pid: 4711, url: 'http://localhost:8000' });
  expect(() => lockHome(home, { pid: 1, url: 'http://localhost:1' })).toThrow(
    /already runs on .* \(process 4711, http:\/\/localhost:8000\)/,
  );
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
  const { pid, exited } = await hold();
  expect(() => lockHome(home, { pid: 1, url: 'http://localhost:1' })).toThrow(`process ${pid}`);
  holder?.kill('SIGKILL');
  await exited;
  expect(readHolder(home)?.pid).toBe(pid);
  lockHome(home, { pid: 1, url: 'http://localhost:1' }).release();
});

// Seen: a stack, at each start.
test('a lock that is damaged, or no file, is a sentence that names it', () => {
  writeFileSync(home.lock, 'x'.repeat(4_096));
  expect(() => lockHome(home, { pid: 1, url: 'http://localhost:1' })).toThrow(
    new Refusal(
      `${home.lock} cannot be locked (file is not a database). Remove that file. On a disk that other machines share it may be that none can be: name a folder of this machine with MANYHANDS_HOME.`,
    ),
  );
  rmSync(home.lock);
  mkdirSync(home.lock);
  expect(() => lockHome(home, { pid: 1, url: 'http://localhost:1' })).toThrow(
    /lock cannot be locked \(unable to open database file\)/,
  );
});

test('a lock is held to the end of its process, also when nothing there refers to it any more', async () => {
  const { pid } = await hold(['--expose-gc'], 'gc(); await new Promise(setImmediate); gc();');
  expect(() => lockHome(home, { pid: 1, url: 'http://localhost:1' })).toThrow(`process ${pid}`);
});

/** Another process that takes the lock, then runs `more`. Resolves once it has. */
async function hold(options: string[] = [], more = '') {
  const script = `
    const { homeOf } = await import(process.env.MODULES + 'home.ts');
    const { lockHome } = await import(process.env.MODULES + 'home-lock.ts');
    lockHome(homeOf(process.env), { pid: process.pid, url: 'http://localhost:8000' });
    ${more}
    process.stdout.write('held');
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, [...options, '--input-type=module', '-e', script], {
    env: { ...process.env, MODULES: new URL('./', import.meta.url).href, MANYHANDS_HOME: home.folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  holder = child;
  const exited = once(child, 'exit');
  await once(child.stdout, 'data');
  return { pid: child.pid, exited };
}
