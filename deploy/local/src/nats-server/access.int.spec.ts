import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { homeOf, type Home } from '../home.ts';
import { natsCliCommand, tokenIn, tokenOf, writeAccess } from './access.ts';

let home: Home;
beforeEach(() => {
  home = homeOf({ MANYHANDS_HOME: mkdtempSync(join(tmpdir(), "access'")) });
});
afterEach(() => rmSync(home.folder, { recursive: true, force: true }));

test('a token is random, and the same at the next start', () => {
  const token = tokenOf(home);
  expect(token).toMatch(/^[\w-]{32}$/);
  expect(tokenOf(home)).not.toBe(token);
  writeAccess(home, token, 4222);
  expect(tokenOf(home)).toBe(token);
});

test('a file that holds no token of ours gives a new one', () => {
  writeFileSync(home.natsUrl, 'nats://short@127.0.0.1:4222\n');
  expect(tokenOf(home)).toMatch(/^[\w-]{32}$/);
  expect(tokenIn('nats://127.0.0.1:4222')).toBeUndefined();
});

test('what holds the token can be read by its owner alone, also when it was open before', () => {
  writeFileSync(home.natsUrl, '', { mode: 0o644 });
  writeAccess(home, tokenOf(home), 4222);
  for (const file of [home.natsUrl, join(home.natsCli, 'nats/context/manyhands.json')])
    expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('the context of the nats CLI is selected and holds address and token', () => {
  const token = tokenOf(home);
  expect(writeAccess(home, token, 4333)).toBe(`nats://${token}@127.0.0.1:4333`);
  expect(JSON.parse(readFileSync(join(home.natsCli, 'nats/context/manyhands.json'), 'utf8'))).toMatchObject({
    url: 'nats://127.0.0.1:4333',
    token,
  });
  expect(readFileSync(join(home.natsCli, 'nats/context.txt'), 'utf8').trim()).toBe('manyhands');
  expect(natsCliCommand(home)).toContain("access'\\''");
  expect(natsCliCommand(home)).not.toContain(token);
});
