/** The first thing a reader sees does what it shows: the five-minute tour; the kind, the script and the curl lines of the README, against a system. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { repository, startSystem, type System } from '../fixture/system.ts';

const readme = readFileSync(join(repository, 'README.md'), 'utf8');
const project = mkdtempSync(join(tmpdir(), 'manyhands-readme-'));
let system: System;
let pages: Server;
let worker: ChildProcess | undefined;
/** How often a page was asked for. */
const asked = new Map<string, number>();

beforeAll(async () => {
  // The address that the page has, which leads to this system below.
  system = await startSystem({ slots: 1, env: { MANYHANDS_ORIGINS: 'http://127.0.0.1:8000' } });
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

// First, because it ends a worker: below there is one that nothing starts again.
it('each command of the five-minute tour gives what the page states', async () => {
  const blocks = [
    ...readFileSync(join(repository, 'docs/tour.md'), 'utf8').matchAll(/```sh ?(\w*)\n([^]*?)```([^]*?)(?=```|$)/g),
  ];
  const start = blocks.filter(([, what]) => what === 'start').map(([, , lines = '']) => lines.trim());
  // What the other tests are run with.
  expect(start).toEqual(['npm install\nnpm start']);
  const typed = blocks.filter(([, what]) => what === '');
  // The worker that was killed is another one when the job is over.
  const before = system.pids('compute');
  writeFileSync(join(project, '.curlrc'), `connect-to = "127.0.0.1:8000:127.0.0.1:${new URL(system.baseUrl).port}"\n`);
  const script = typed.map(([, , lines = '']) => `${lines}\necho; echo "--- next"\n`).join('');
  const { stdout } = await promisify(execFile)('sh', ['-c', script], {
    cwd: repository,
    env: { ...process.env, CURL_HOME: project, MANYHANDS_URL: system.baseUrl },
    timeout: 100_000,
  });
  const printed = stdout.split('--- next\n');
  expect(printed).toHaveLength(typed.length + 1);
  // Where the text behind a command names a result, the command printed it.
  const results = typed.map(([, , , text = '']) => /`("result":\d+)`/.exec(text)?.[1]);
  expect(results.filter((result) => result !== undefined)).toHaveLength(3);
  for (const [at, result] of results.entries()) if (result) expect(printed[at]).toContain(result);
  expect(before).toHaveLength(1);
  expect(system.pids('compute')).not.toEqual(before);
  const why = typed.findIndex(([, , lines = '']) => lines.startsWith('npx manyhands why'));
  expect(printed[why]).toMatch(/slot/);
});

it('the kind and the script that the README begins with give each title, or why there is none', async () => {
  const { port } = pages.address() as AddressInfo;
  expect(writeProject(`http://127.0.0.1:${port}`)).toEqual(['kinds/titles.ts', 'titles.ts']);
  // Node colours the numbers it prints where it is told to.
  const env = { ...process.env, MANYHANDS_URL: system.baseUrl, NATS_URL: system.natsUrl };
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

it('the curl lines of the page run as they stand, but for the id of the job', async () => {
  writeFileSync(join(project, '.curlrc'), `connect-to = "127.0.0.1:8000:127.0.0.1:${new URL(system.baseUrl).port}"\n`);
  const variables = /^job=.*$/m.exec(readme)![0];
  const lines = readme.match(/^curl .*$/gm) ?? [];
  const [submit = '', read = '', events = '', pause = '', wait = '', once = '', later = '', daily = '', schedules = ''] = lines;
  expect(lines).toHaveLength(9);
  const typed = async (line: string, id = ''): Promise<string> => {
    const env = { ...process.env, CURL_HOME: project };
    return (await promisify(execFile)('sh', ['-c', `${variables}\n${line.replace('019…', id)}`], { env, timeout: 60_000 }))
      .stdout;
  };
  type Answered = Record<'job_id' | 'schedule_id' | 'status', string>;
  const answered = async (line: string, id?: string) => JSON.parse(await typed(line, id)) as Answered;
  const remove = (path: string) => fetch(`${system.baseUrl}${path}`, { method: 'DELETE' });

  const jobsOfPrimes = async (): Promise<string[]> => {
    const { jobs } = (await (await fetch(`${system.baseUrl}/v1/jobs?kind=primes`)).json()) as { jobs: Answered[] };
    return jobs.map((job) => job.job_id);
  };
  const before = await jobsOfPrimes();
  const { job_id: id, status } = await answered(submit);
  expect(status).toBe('pending');
  expect(await answered(read, id)).toMatchObject({ job_id: id, kind: 'primes' });
  const watched = typed(events, id);
  await typed(pause, id);
  await expect.poll(() => answered(read, id), { timeout: 30_000 }).toMatchObject({ status: 'paused' });
  await remove(`/v1/jobs/${id}`);
  expect(await watched).toMatch(/^event: done\ndata: .*cancelled/m);

  const waited = answered(wait);
  const others = async (): Promise<string[]> => (await jobsOfPrimes()).filter((other) => other !== id && !before.includes(other));
  await expect.poll(others, { timeout: 30_000 }).toHaveLength(1);
  const [other = ''] = await others();
  await remove(`/v1/jobs/${other}`);
  expect(await waited).toMatchObject({ job_id: other, status: 'cancelled' });

  const first = await answered(once);
  expect((await answered(once)).job_id).toBe(first.job_id);
  await remove(`/v1/jobs/${first.job_id}`);

  const planned = [await answered(later), await answered(daily)].map(({ schedule_id: schedule }) => schedule);
  await expect.poll(() => typed(schedules), { timeout: 30_000 }).toContain(planned[1]);
  for (const schedule of planned) await remove(`/v1/schedules/${schedule}`);
});
