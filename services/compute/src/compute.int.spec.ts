import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@manyhands/observe';
import { NestFactory } from '@nestjs/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { computeLeaseId, decodeResult, encode, keys, mailboxSubjects, newJobId, workSubjects } from '@manyhands/proto';
import { createOutbox, openBroker, openBucket, provision, readStored } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { aComputeLease, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { ComputeModule } from './compute.module.ts';
import { readConfig } from './config.ts';
import { ESCAPES } from './kinds/script/escapes.fixture.ts';

let server: NatsServer;
let broker: Broker;
let close: (() => Promise<void>) | undefined;

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
});
afterEach(() => close?.());
afterAll(async () => {
  await broker?.close();
  await server?.stop();
});

async function start(env: Record<string, string> = {}): Promise<void> {
  const config = readConfig({ NATS_URL: server.url, MANYHANDS_SLOTS: '2', MANYHANDS_LOG_LEVEL: 'silent', ...env });
  const app = await NestFactory.createApplicationContext(
    ComputeModule.with(config, createLogger('compute', { level: 'error' })),
    { logger: false, abortOnError: false },
  );
  close = () => {
    close = undefined;
    return app.close();
  };
}

async function compute(kind: string, params: object, chunks: number): Promise<unknown[]> {
  const jobId = newJobId();
  const leases = Array.from({ length: chunks }, (_, chunk) =>
    aComputeLease({
      job_id: jobId,
      kind,
      params: params as never,
      lease: computeLeaseId(chunk, chunk + 1, 0),
      begin: chunk,
      end: chunk + 1,
      total: chunks,
    }),
  );
  await createOutbox(broker).publishAll(
    leases.map((lease) => ({ subject: workSubjects.lease(kind, lease.lane, jobId), data: encode(lease) })),
  );
  const stored = await vi.waitFor(
    async () => {
      const results = await readStored(broker, 'mailbox', mailboxSubjects.ofJob(jobId));
      expect(results).toHaveLength(chunks);
      return results;
    },
    { timeout: 20_000, interval: 50 },
  );
  return stored.map(({ data }) => {
    const result = decodeResult(data);
    return result.type === 'LeaseComputed'
      ? result.partial
        ? (JSON.parse(result.partial.text) as unknown)
        : result.failed
      : result.error;
  });
}

describe('compute', () => {
  it.each([1, 7, 32])('counts the primes up to a million in %i leases', async (chunks) => {
    await start();
    const counts = (await compute('primes', { n: 1_000_000 }, chunks)) as number[];
    expect(counts.reduce((sum, count) => sum + count)).toBe(78_498);
  });

  it('adds up to 10^18 exactly', async () => {
    await start();
    expect(await compute('sum', { n: 10 ** 18 }, 1)).toEqual(['500000000000000000500000000000000000']);
  });

  it('refuses parameters it cannot compute, for good', async () => {
    await start();
    expect(await compute('primes', { n: -1 }, 1)).toEqual([
      [
        {
          chunk: 0,
          error: { code: 'compute_refused', message: expect.stringContaining('whole number') as string, retryable: false },
        },
      ],
    ]);
  });

  it('registers its kinds and leaves the list of workers when it is closed', async () => {
    await start({ MANYHANDS_KINDS: 'sum' });
    const workers = await openBucket(broker, 'workers');
    const [entry] = await workers.entries();
    expect(JSON.parse(new TextDecoder().decode(entry!.value))).toMatchObject({ kinds: ['sum'], slots: 2 });
    expect((await (await openBucket(broker, 'kinds')).get(keys.kind('sum')))?.value).toBeDefined();
    await close!();
    expect(await workers.entries()).toEqual([]);
  });

  it('runs scripts in a sandbox: one that tries to get out or does not end fails alone', async () => {
    await start({ MANYHANDS_SCRIPT_SECONDS: '1' });
    const script = async (code: string) => (await compute('script', { code }, 1))[0];
    const out = "typeof map.constructor.constructor('return this')().process";
    expect(await script(`function map() { return [typeof process, typeof require, ${out}] }`)).toEqual({
      list: [['undefined', 'undefined', 'undefined']],
    });
    const tries = await Promise.all([
      script('function map() { for (;;) new ArrayBuffer(1e7); }'),
      script('function map() {\n  return null.x;\n}'),
      compute('sum', { n: 10 }, 1),
    ]);
    const refused = (message: RegExp) => [
      { chunk: 0, error: expect.objectContaining({ message: expect.stringMatching(message) as string }) as object },
    ];
    const [endless, ...others] = tries;
    expect(JSON.stringify(endless)).toMatch(/time_limit|longer than/);
    expect(others).toEqual([refused(/^line 2: TypeError: cannot read property 'x' of null$/), [55]]);
  }, 60_000);

  it('of all tries to get out of a script none does, and the worker is well after each', { timeout: 300_000 }, async () => {
    const canary = 'canary-8b21d0';
    vi.stubEnv('MANYHANDS_TEST_CANARY', canary);
    await start({ MANYHANDS_SCRIPT_SECONDS: '1', MANYHANDS_SCRIPT_MEMORY_MB: '8' });
    // Each has a process of its own. In all sizes the interpreter is tried alone (`interpreter.spec.ts`).
    const left = ESCAPES.filter((_, index) => process.env['FULL_SIZES'] === '1' || index % 6 === 0);
    const lane = async (): Promise<void> => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) {
        const tried = JSON.stringify(await compute('script', { code: next.code, n: 2, params: { factor: 3 } }, 1));
        expect(tried, next.name).not.toMatch(new RegExp(`${canary}|escaped|worker_lost`));
        expect(await compute('sum', { n: 10 }, 1), next.name).toEqual([55]);
      }
    };
    await Promise.all([lane(), lane()]);
    const code = 'export const map = (i, params) => [i * params.factor, {}.polluted ?? 0]';
    const well = [
      {
        list: [
          [0, 0],
          [3, 0],
        ],
      },
    ];
    expect(await compute('script', { code, n: 2, params: { factor: 3 } }, 1)).toEqual(well);
    vi.unstubAllEnvs();
  });

  it('does not start where bubblewrap is required and missing, unless it computes other kinds alone', async () => {
    const { PATH } = process.env;
    process.env['PATH'] = '/nonexistent';
    try {
      await expect(start({ MANYHANDS_SCRIPT_BUBBLEWRAP: 'required' })).rejects.toThrow(
        /^bubblewrap is required for script, and is missing here or does not work: install the program bwrap/,
      );
      await start({ MANYHANDS_SCRIPT_BUBBLEWRAP: 'required', MANYHANDS_KINDS: 'sum' });
    } finally {
      process.env['PATH'] = PATH;
    }
    expect(await compute('sum', { n: 10 }, 1)).toEqual([55]);
  });

  it('has the kind llm where there is a model server, and only there', async () => {
    await expect(start({ MANYHANDS_KINDS: 'llm' })).rejects.toThrow(/no task is named llm/);
    await start({ MANYHANDS_KINDS: 'llm', MANYHANDS_LLM_URL: 'http://127.0.0.1:1/v1' });
    const registered = (await (await openBucket(broker, 'kinds')).get(keys.kind('llm')))?.value;
    expect(JSON.parse(new TextDecoder().decode(registered))).toMatchObject({
      kind: 'llm',
      output: 'lines',
      input: { form: 'items' },
    });
  });

  it('does not start with a kind it does not have', async () => {
    await expect(start({ MANYHANDS_KINDS: 'julia' })).rejects.toThrow(
      /no task is named julia; there are: aggregate, http, mandelbrot, primes, scrape, sum, webhook, script/,
    );
  });

  describe('modules of their own', () => {
    let folder: string;
    beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'manyhands-own-'))));
    afterEach(() => rmSync(folder, { recursive: true, force: true }));
    const task = JSON.stringify(import.meta.resolve('@manyhands/worker/task'));
    function write(name: string, ...lines: string[]): void {
      writeFileSync(join(folder, name), [`import { defineTask, RetryLater, type Context } from ${task};`, ...lines].join('\n'));
    }
    const own = () => ({ MANYHANDS_KIND_MODULES: `${folder}/*.ts`, OWN_KEY: 'hush-hush' });

    it('in TypeScript are computed as they are, instead of the built-in ones or beside them', async () => {
      write(
        'letters.ts',
        "import { lengthOf } from './length.ts';",
        'interface Words { words: string[] }',
        'export const letters = defineTask<Words, string, number>({',
        "  name: 'letters', params: { type: 'object' }, split: ({ words }, index) => words[index]!,",
        '  compute: (word: string, { index, log }: Context<Words>): number => { log(`word ${index}`); return lengthOf(word); },',
        '  merge: (left, right) => left + right,',
        '});',
      );
      write('length.ts', 'export const lengthOf = (word: string): number => word.length;');
      await start(own());
      expect((await compute('letters', { words: ['many', 'hands'] }, 2)).sort()).toEqual([4, 5]);
      await close!();
      await start({ MANYHANDS_KIND_MODULES: `builtin,${folder}/letters.ts` });
      expect(await compute('letters', { words: ['light'] }, 1)).toEqual([5]);
      expect(await compute('sum', { n: 4 }, 1)).toEqual([10]);
    });

    it.each([
      [
        'an enum',
        ['enum Size { Small }', 'export const size = Size.Small;'],
        /broken\.ts:2 cannot be loaded: TypeScript enum is not supported.*write it as plain JavaScript.*--import tsx/,
      ],
      [
        'a decorator',
        ['', 'const sealed = (_: unknown) => {};', '@sealed', 'export class Box {}'],
        /broken\.ts:4 cannot be loaded: .*Decorators do not run under Node/,
      ],
      [
        'a type imported as a value',
        ["import { Shape } from './shape.ts';"],
        /broken\.ts:2 cannot be loaded: .*does not provide an export named 'Shape'.*import type/,
      ],
      ['what throws when it is loaded', ['', 'null!.nothing;'], /broken\.ts:3 cannot be loaded: Cannot read properties of null/],
      [
        'a package that is not there',
        ["import 'no-such-package-here';"],
        /broken\.ts cannot be loaded: Cannot find package 'no-such-package-here'.*npm install/,
      ],
      [
        'params that JSON Schema cannot say',
        [
          "import { z } from 'zod';",
          "export const a = defineTask({ name: 'a', params: z.object({ at: z.date() }), compute: () => 1, merge: (left) => left });",
        ],
        /field "at" of its params cannot be written in JSON Schema/,
      ],
    ])('with %s end the start with a sentence that names file, line and what to do', async (_, lines, sentence) => {
      write('broken.ts', ...lines);
      writeFileSync(join(folder, 'shape.ts'), 'export interface Shape { a: 1 }');
      if (lines[0]?.includes("'zod'"))
        symlinkSync(join(import.meta.dirname, '../../../node_modules'), join(folder, 'node_modules'));
      await expect(start(own())).rejects.toThrow(sentence);
    });
  });
});
