import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { homeOf, type Home } from '../home.ts';
import { natsCliCommand, passwordIn, workerUser, writeAccess } from './access.ts';

let home: Home;
beforeEach(() => {
  home = homeOf({ MANYHANDS_HOME: mkdtempSync(join(tmpdir(), "access'")) });
});
afterEach(() => rmSync(home.folder, { recursive: true, force: true }));

const context = () => join(home.natsCli, 'nats/context/manyhands.json');
const write = (port = 4222) => writeAccess(home, { worker: workerUser(home), adminKeyFile: '/keys/admin.nkey', port });

test('the password of workers is random, and the same at the next start', () => {
  const { password } = workerUser(home);
  expect(password).toMatch(/^[\w-]{32}$/);
  expect(workerUser(home).password).not.toBe(password);
  const url = write();
  expect(workerUser(home)).toEqual({ identity: 'compute', name: 'worker', password: passwordIn(url) });
  expect(write()).toBe(url);
});

test('a file that holds no password of ours gives a new one, and a token of an earlier release stays as the password', () => {
  writeFileSync(home.natsUrl, 'nats://short@127.0.0.1:4222\n');
  expect(workerUser(home).password).toMatch(/^[\w-]{32}$/);
  expect(passwordIn('nats://127.0.0.1:4222')).toBeUndefined();
  const token = 'a'.repeat(32);
  writeFileSync(home.natsUrl, `nats://${token}@127.0.0.1:4222\n`);
  expect(write()).toBe(`nats://worker:${token}@127.0.0.1:4222`);
});

test('what holds a password can be read by its owner alone, also when it was open before', () => {
  writeFileSync(home.natsUrl, '', { mode: 0o644 });
  write();
  for (const file of [home.natsUrl, context()]) expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('the context of the nats CLI is selected, and signs in by the key of the administrator', () => {
  const url = write(4333);
  expect(new URL(url).port).toBe('4333');
  expect(JSON.parse(readFileSync(context(), 'utf8'))).toMatchObject({ url: 'nats://127.0.0.1:4333', nkey: '/keys/admin.nkey' });
  expect(readFileSync(join(home.natsCli, 'nats/context.txt'), 'utf8').trim()).toBe('manyhands');
  expect(natsCliCommand(home)).toContain("access'\\''");
  expect(natsCliCommand(home)).not.toContain(passwordIn(url));
});
