/** Every folder of `examples/` as its table states it: its worker in one process, its script in another, against one system. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startModelServer, type ModelServer } from '../fixture/model-server.ts';
import { repository, startSystem, type System } from '../fixture/system.ts';

let system: System;
let models: ModelServer;
const workers: ChildProcess[] = [];

beforeAll(async () => {
  models = await startModelServer();
  const hooks = { MANYHANDS_HTTP_SECRETS: 'WEBHOOK_SECRET@127.0.0.1', WEBHOOK_SECRET: 'only-for-this-example' };
  const env = { MANYHANDS_OUTSIDE_ALLOW: '127.0.0.1', MANYHANDS_LLM_URL: models.url, ...hooks };
  system = await startSystem({ slots: 1, env });
});
afterEach(async () => {
  await Promise.all(
    workers.splice(0).map(async (worker) => {
      const ended = once(worker, 'exit');
      worker.kill('SIGTERM');
      await ended;
    }),
  );
});
afterAll(async () => {
  await system?.stop();
  models?.stop();
});

const environment = () => ({ ...process.env, MANYHANDS_URL: system.baseUrl, NATS_URL: system.natsUrl });

/** Of the row of the table: what is typed to start the worker, and to run the script. */
function typed(example: string): { worker: string; script: string } {
  const row = readFileSync(join(repository, 'examples/README.md'), 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`| [${example}]`));
  const [, , , worker = '', script = ''] = (row ?? '').split('|').map((cell) => /`(.*?)`/.exec(cell)?.[1] ?? '');
  return { worker, script };
}

/** `npx` in the repository: its own Node, and the command that npm has linked. */
function start(command: string): ChildProcess {
  const [, program = '', ...args] = command.split(' ');
  const bin = program === 'node' ? args : [join('node_modules/.bin', program), ...args];
  return spawn(process.execPath, bin, { cwd: repository, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Resolves once the worker computes this kind, with so many of them. */
async function work(example: string, kind: string, count = 1): Promise<void> {
  for (let started = 0; started < count; started += 1) {
    const worker = start(typed(example).worker);
    workers.push(worker);
    let output = '';
    for (const stream of [worker.stdout!, worker.stderr!]) stream.on('data', (data: Buffer) => (output += data.toString()));
    await expect
      .poll(
        async () => {
          expect(worker.exitCode, output).toBeNull();
          const answer = (await (await fetch(`${system.baseUrl}/v1/workers`)).json()) as { workers: { kinds: string[] }[] };
          return answer.workers.filter(({ kinds }) => kinds.includes(kind)).length;
        },
        { timeout: 60_000, interval: 100 },
      )
      .toBeGreaterThan(started);
  }
}

/** What the script prints. */
async function run(example: string): Promise<string> {
  const script = start(typed(example).script);
  let [printed, errors] = ['', ''];
  script.stdout!.on('data', (data: Buffer) => (printed += data.toString()));
  script.stderr!.on('data', (data: Buffer) => (errors += data.toString()));
  const [code] = (await once(script, 'close')) as [number];
  expect(code, errors).toBe(0);
  return printed;
}

const tests: Record<string, () => Promise<void>> = {
  async numbers() {
    await work('numbers', 'pi');
    expect(await run('numbers')).toBe('pi is about 3.141, after 20000000 throws\n');
  },
  async 'plain-script'() {
    expect(await run('plain-script')).toBe('completed: 664579 primes below 10,000,000\n');
  },
  async 'several-machines'() {
    await work('several-machines', 'visits', 2);
    const counts = [...(await run('several-machines')).matchAll(/^\S+ \d+: (\d+) chunks$/gm)].map(([, count]) => Number(count));
    expect([counts.length, counts.reduce((sum, count) => sum + count, 0)]).toEqual([2, 200]);
  },
  async items() {
    await work('items', 'words');
    // "hands" and "light" as often as the number of the book: 1,000 books, of which the 400th and the 800th have no text.
    const sum = (1_000 * 1_001) / 2 - 400 - 800;
    const lines = (await run('items')).trimEnd().split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^item 399 failed: .*"book 400" has no text$/),
      expect.stringMatching(/^item 799 failed: .*"book 800" has no text$/),
      `${2 * sum} words of five letters and more`,
    ]);
  },
  async file() {
    await work('file', 'revenue');
    expect(await run('file')).toBe('DE 10.00\nFR 25.00\nIT 123.45\n');
  },
  async aggregate() {
    expect((await run('aggregate')).split('\n')).toEqual([
      'country,count(*),sum(cents),mean(cents),max(cents),distinct(day)',
      'DE,3,2250,750,1250,3',
      'FR,1,2500,2500,2500,1',
      'IT,1,12345,12345,12345,1',
      '',
    ]);
  },
  async webhook() {
    expect(await run('webhook')).toBe('job.completed: primes is 78498\n');
  },
  async script() {
    expect(await run('script')).toBe('17647 needs 278 steps\n');
  },
  async ordered() {
    await work('ordered', 'streak');
    expect(await run('ordered')).toBe('the longest of 2000000 throws is 22 times the same side\n');
  },
  async 'rate-limited'() {
    await work('rate-limited', 'quotes', 2);
    const lines = (await run('rate-limited')).trimEnd().split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^item 7 failed: .*there is no such quote$/),
      `the sum is ${60 * 59 - 14}; the rate was kept: yes`,
    ]);
  },
  async endpoint() {
    expect((await run('endpoint')).trimEnd().split('\n')).toEqual([
      '0 {"status":200,"body":{"words":2}}',
      '1 {"status":200,"body":{"words":1}}',
      '2 {"status":200,"body":{"words":2}}',
      '3 Item 3 cannot be computed: the endpoint answered 422: an empty text has no words',
      '4 {"status":200,"body":{"words":2}}',
    ]);
  },
  async 'llm-batch'() {
    const [counts, ...lines] = (await run('llm-batch')).trimEnd().split('\n');
    expect(counts).toBe('completed {"total":5,"completed":4,"failed":1}');
    const shown = lines.map((line) => JSON.parse(line) as { custom_id: string; response: { status_code: number } });
    expect(shown.map(({ custom_id, response }) => `${custom_id} ${response.status_code}`)).toEqual([
      'word-0 200',
      'word-1 200',
      'word-3 200',
      'word-4 200',
      'word-2 400',
    ]);
  },
  async logs() {
    await work('logs', 'steps');
    const lines = (await run('logs')).trimEnd().split('\n');
    expect(lines.pop()).toBe('completed; warnings: chunk 3 was slow');
    expect(lines.map((line) => line.replace(/^\S+ /, '')).sort()).toEqual([
      ...[0, 1, 2, 3, 4].map((chunk) => `info chunk ${chunk}: begins {"chunk":${chunk}}`),
      'warn chunk 3: chunk 3 was slow',
    ]);
  },
};

it('every example is tested, and stands in the table', () => {
  const folders = readdirSync(join(repository, 'examples'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
    .map(({ name }) => name);
  expect(folders.sort()).toEqual(Object.keys(tests).sort());
  for (const folder of folders) expect(typed(folder).script, folder).toContain(`examples/${folder}/`);
});

it.each(Object.entries(tests))('example %s does what it shows', async (_name, test) => test());
