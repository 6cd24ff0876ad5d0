import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { homeOf } from '../home.ts';
import { isServerOf, leftoversOf } from './leftover.ts';

const home = homeOf({ MANYHANDS_HOME: '/data/größe' });
const config = '/data/größe/nats-server.conf';

test('a process is our server when its command line names our configuration, also with letters that are not ASCII', () => {
  expect(isServerOf(home, `/bin/nats-server\0-c\0${config}\0`)).toBe(true);
  expect(isServerOf(home, `/bin/nats-server -c ${config}\n`)).toBe(true);
  for (const other of [
    `/bin/nats-server\0-c\0${config}2\0`,
    `vi\0${config}\0`,
    `/bin/nats-server -c ${config}.old`,
    `less ${config}`,
    '',
  ])
    expect(isServerOf(home, other)).toBe(false);
});

test('each of them is found, whatever the written id says', async () => {
  const lines = new Map([
    [11, `setpriv\0nats-server\0-c\0${config}\0`],
    [12, 'node\0start.js\0'],
    [13, `nats-server\0-c\0${config}\0`],
  ]);
  expect(await leftoversOf(home, async () => lines)).toEqual([11, 13]);
});

test('where command lines cannot be read, a living process of the written id is a refusal', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'leftover-'));
  const blind = homeOf({ MANYHANDS_HOME: folder });
  try {
    expect(await leftoversOf(blind, async () => undefined)).toEqual([]);
    writeFileSync(blind.natsPid, '2147483647');
    expect(await leftoversOf(blind, async () => undefined)).toEqual([]);
    writeFileSync(blind.natsPid, String(process.ppid));
    await expect(leftoversOf(blind, async () => undefined)).rejects.toThrow(
      `If it is one, end it: kill ${process.ppid}. If not, remove ${blind.natsPid}.`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
