/** The first thing a reader sees does what it shows: the kind and the script of the README, against a system. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { repository, startSystem, type System } from '../fixture/system.ts';

const project = mkdtempSync(join(tmpdir(), 'manyhands-readme-'));
let system: System;
let pages: Server;
let worker: ChildProcess | undefined;
/** How often a page was asked for. */
const asked = new Map<string, number>();

beforeAll(async () => {
  system = await startSystem({ slots: 1 });
  pages = createServer(({ url = '' }, response) => {
    const times = (asked.get(url) ?? 0) + 1;
    asked.set(url, times);
    if (url === '/gone') return void response.writeHead(404).end();
    if (url === '/busy' && times === 1) return void response.writeHead(500).end();
    response.end(`<html><title>page ${url}</title></html>`);
  }).listen(0, '127.0.0.1');
  await once(pages, 'listening');
});
afterAll(async () => {
  worker?.kill('SIGTERM');
  if (worker?.exitCode === null) await once(worker, 'exit');
  pages?.closeAllConnections();
  pages?.close();
  await system?.stop();
  rmSync(project, { recursive: true, force: true });
});

/** The first blocks of the page, by the file that their first line names. */
function writeProject(base: string): string[] {
  const readme = readFileSync(join(repository, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/```ts\n\/\/ (\S+)\n([^]*?)```/g)].slice(0, 2);
  for (const [, file = '', code = ''] of blocks) {
    mkdirSync(dirname(join(project, file)), { recursive: true });
    const here = code.replace(/\[('https:[^\]]*)\]/, JSON.stringify(['/a', '/gone', '/busy'].map((path) => base + path)));
    writeFileSync(join(project, file), here);
  }
  writeFileSync(join(project, 'package.json'), '{"name":"readme","type":"module"}');
  symlinkSync(join(repository, 'node_modules'), join(project, 'node_modules'));
  return blocks.map(([, file = '']) => file);
}

it('the kind and the script that the README begins with give each title, or why there is none', async () => {
  const { port } = pages.address() as AddressInfo;
  expect(writeProject(`http://127.0.0.1:${port}`)).toEqual(['kinds/titles.ts', 'titles.ts']);
  // Node colours the numbers it prints where it is told to.
  const env = { ...process.env, MANYHANDS_URL: system.baseUrl, NATS_URL: system.natsUrl, FORCE_COLOR: '0' };
  worker = spawn(process.execPath, [join(repository, 'node_modules/.bin/manyhands'), 'worker'], {
    cwd: project,
    env,
    stdio: 'ignore',
  });
  await expect
    .poll(async () => (await fetch(`${system.baseUrl}/v1/kinds`)).text(), { timeout: 60_000, interval: 100 })
    .toContain('"titles"');
  const script = spawn(process.execPath, ['titles.ts'], { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [printed, errors] = ['', ''];
  script.stdout.on('data', (data: Buffer) => (printed += data.toString()));
  script.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  const [code] = (await once(script, 'close')) as [number];
  expect([code, printed], errors).toEqual([
    0,
    expect.stringMatching(/^0 page \/a\n1 .*there is no such page\n2 page \/busy\n$/) as string,
  ]);
  expect([...asked]).toEqual(
    expect.arrayContaining([
      ['/gone', 1],
      ['/busy', 2],
    ]),
  );
});
