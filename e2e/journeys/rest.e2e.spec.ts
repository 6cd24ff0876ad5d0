import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rest } from '../fixture/rest.ts';
import { repository, startSystem, type System } from '../fixture/system.ts';

let system: System;
let api: ReturnType<typeof rest>;

beforeAll(async () => {
  system = await startSystem();
  api = rest(system.baseUrl);
});

afterAll(async () => {
  expect(await system.stop()).toBe(0);
});

describe('answers over REST', () => {
  it('sums 1 to n for the bare body of the chunked-sum demo', async () => {
    const submitted = await api.post('/v1/jobs', { n: 10000, chunks: 8 });
    expect(submitted.status).toBe(202);
    expect(submitted.json).toMatchObject({ status: 'pending', cached: false });
    expect(submitted.headers.get('location')).toBe(`/v1/jobs/${submitted.json.job_id}`);
    const job = await api.finish(submitted.json.job_id);
    expect(job).toMatchObject({
      kind: 'sum',
      status: 'completed',
      result: 50005000,
      completed_chunks: 8,
      total_chunks: 8,
      progress: 1,
    });
  });

  it.each([
    [200_000, 16, 17_984],
    [1_000_000, 32, 78_498],
    [1_000_000, 1, 78_498],
    [1_000_000, 7, 78_498],
    [1_000_000, 1000, 78_498],
    [10, 1000, 4],
  ])('counts the primes up to %i in %i chunks', async (n, chunks, count) => {
    const job = await api.finish(await api.submit({ kind: 'primes', params: { n }, chunks }));
    expect(job).toMatchObject({ status: 'completed', result: count, completed_chunks: chunks, failed_chunks: 0, progress: 1 });
    expect(job.chunks.done).toEqual([[0, chunks]]);
  });

  it('sums to 10^18 exactly, as a string', async () => {
    const job = await api.finish(await api.submit({ kind: 'sum', params: { n: 1e18 }, chunks: 8 }));
    expect(job.result).toBe('500000000000000000500000000000000000');
  });

  it('runs code that is sent along, ends what does not stop, and is well afterwards', async () => {
    const code = 'const map = (i, { power }) => (i + 1) ** power; const reduce = (a, b) => a + b;';
    const squares = () => api.submit({ kind: 'script', params: { code, n: 1_000, params: { power: 2 } }, chunks: 4 });
    expect(await api.finish(await squares())).toMatchObject({ status: 'completed', result: 333_833_500, completed_chunks: 4 });
    const broken = await api.post('/v1/jobs', { kind: 'script', params: { code: 'function map() {\n  return 1 +;\n}' } });
    expect(broken.status).toBe(422);
    expect(JSON.stringify(broken.json.detail)).toContain('line 2, column 13: Unexpected token');
    const endless = {
      kind: 'script',
      params: { code: 'function map() { for (;;); }' },
      chunks: 1,
      soft_limit_sec: 1,
      hard_limit_sec: 2,
    };
    const ended = await api.finish(await api.submit({ ...endless, max_attempts: 1 }));
    expect(ended).toMatchObject({ status: 'failed', failed_chunks: 1 });
    expect(await api.finish(await squares())).toMatchObject({ status: 'completed', result: 333_833_500 });
  });

  it('deletes jobs that are over, alone or all that fit, and then nothing of them can be read', async () => {
    const ids: string[] = [];
    for (let n = 1; n <= 3; n += 1) ids.push(await api.submit({ n, chunks: 1, tags: { batch: 'over' } }));
    for (const id of ids) await api.finish(id);
    expect((await api.post(`/v1/jobs/${ids[0]!}/delete`, {})).status).toBe(204);
    expect((await api.post('/v1/jobs/bulk', { action: 'delete', tag: 'batch=over' })).json).toEqual({
      done: 2,
      failures: [],
      next_cursor: null,
    });
    for (const id of ids)
      for (const path of ['', '/leases', '/logs', '/result'])
        expect((await api.get(`/v1/jobs/${id}${path}`)).status, path).toBe(404);
    expect((await api.get('/v1/jobs?tag=batch%3Dover')).json).toEqual({ jobs: [], next_cursor: null });
  });

  it('lists jobs newest first, page by page, without a gap', async () => {
    const ids: string[] = [];
    for (let n = 1; n <= 5; n += 1) ids.push(await api.submit({ n, chunks: 1 }));
    for (const id of ids) await api.finish(id);
    const first = await api.get('/v1/jobs?limit=3&status=completed&kind=sum');
    expect(first.json.jobs.map((job: { job_id: string }) => job.job_id)).toEqual(ids.toReversed().slice(0, 3));
    const second = await api.get(`/v1/jobs?limit=3&status=completed&kind=sum&cursor=${first.json.next_cursor}`);
    expect(second.json.jobs.slice(0, 2).map((job: { job_id: string }) => job.job_id)).toEqual(ids.toReversed().slice(3));
  });
});

describe('bad input', () => {
  const cases: [string, unknown, number, RegExp][] = [
    ['a wrong type', { kind: 'primes', params: { n: 'many' }, chunks: 4 }, 422, /n/],
    ['a missing parameter', { kind: 'primes', params: {}, chunks: 4 }, 422, /n/],
    ['an unknown kind', { kind: 'nonsense', params: {}, chunks: 4 }, 400, /primes/],
    ['a parameter out of range', { kind: 'primes', params: { n: -1 }, chunks: 4 }, 400, /n must/],
    ['no chunks', { kind: 'primes', params: { n: 100 }, chunks: 0 }, 400, /chunks must be between 1 and 1000000/],
    ['too many chunks', { kind: 'primes', params: { n: 100 }, chunks: 1_000_001 }, 400, /chunks must be between 1 and 1000000/],
    ['an unknown field', { kind: 'primes', params: { n: 100 }, chunk: 4 }, 422, /chunk/],
    ['broken JSON', '{"kind":', 400, /JSON/],
    ['a list', [], 422, /object/],
    ['nothing', undefined, 422, /./],
    [
      'a 10 MB body',
      JSON.stringify({ kind: 'sum', params: { n: 1, pad: 'x'.repeat(10 * 1024 * 1024) } }),
      413,
      /1 MB|1048576|1 MiB/,
    ],
  ];

  it.each(cases)('%s gets a 4xx with a detail that says what to do', async (_name, body, status, detail) => {
    const answer = await api.post('/v1/jobs', body);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.json.detail)).toMatch(detail);
  });

  it('of the list above nothing became a job', async () => {
    const before = await api.get('/v1/jobs?limit=200');
    for (const [, body] of cases) await api.post('/v1/jobs', body);
    const after = await api.get('/v1/jobs?limit=200');
    expect(after.json.jobs.length).toBe(before.json.jobs.length);
  });

  it('answers 404 for a job nobody submitted', async () => {
    const answer = await api.get('/v1/jobs/019d3f9c-7a10-7cc0-8f2e-5b1d6a3e9c41');
    expect(answer.status).toBe(404);
    expect(answer.json).toEqual({ detail: 'Job not found.' });
  });
});

describe('npm run demo, on a system that runs', () => {
  function demo(...args: string[]): Promise<{ code: number; output: string }> {
    const given = ['deploy/local/dist/demo.js', '--url', system.baseUrl, ...args];
    return new Promise((done) => {
      execFile(process.execPath, given, { cwd: repository }, (error, out, err) =>
        done({ code: error ? Number(error.code) : 0, output: out + err }),
      );
    });
  }

  it('counts something else when told to', async () => {
    const { code, output } = await demo('--kind', 'sum', '--n', '10000', '--chunks', '8');
    expect(output).toContain(`Using the system at ${system.baseUrl}`);
    expect(output).toContain('50005000');
    expect(code, output).toBe(0);
  });

  it('exits 1 with a sentence when the job cannot be', async () => {
    const { code, output } = await demo('--kind', 'nonsense');
    expect(code).toBe(1);
    expect(output).toMatch(/nonsense/);
  });
});
