import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, it, vi } from 'vitest';
import { rest, type Answer } from '../fixture/rest.ts';
import { startSystem, type System } from '../fixture/system.ts';
import { onSmallDisk, smallDiskOf } from './small-disk.ts';

/** π(10^10), π(10^5), π(10^4). Source: OEIS A006880. */
const LONG = { body: { kind: 'primes', params: { n: 10_000_000_000 }, chunks: 400 }, result: 455_052_511 };
const SHORT = { body: { kind: 'primes', params: { n: 100_000 }, chunks: 4 }, result: 9_592 };
const LATER = { body: { kind: 'primes', params: { n: 10_000 }, chunks: 2 }, result: 1_229 };

let system: System | undefined;
afterEach(async () => void (await system?.stop()));

if (onSmallDisk === undefined)
  console.log('e2e/operations/full-disk: skipped, because no file system can be mounted here (it needs root or user namespaces)');

it.skipIf(onSmallDisk === undefined)(
  'a full disk: jobs are refused with a sentence, nothing accepted is lost, and all goes on by itself once there is room',
  { timeout: 240_000 },
  async () => {
    system = await startSystem({ through: (home) => onSmallDisk!(home, 64) });
    const disk = smallDiskOf(system.pid, system.home);
    const api = rest(system.baseUrl);
    const accepted = new Map<string, number>();

    const finished = await api.submit(SHORT.body);
    accepted.set(finished, SHORT.result);
    await api.finish(finished);
    const long = await api.submit(LONG.body);
    accepted.set(long, LONG.result);
    await vi.waitFor(async () => expect((await api.get(`/v1/jobs/${long}`)).json.progress).toBeGreaterThan(0.05), {
      timeout: 30_000,
      interval: 25,
    });
    const scheduled = await api.post('/v1/jobs', { ...LATER.body, run_at: new Date(Date.now() + 3_000).toISOString() });
    expect(scheduled.status).toBe(202);

    disk.fill();
    const refusals: Answer[] = [];
    await vi.waitFor(
      async () => {
        const answer = await api.post('/v1/jobs', SHORT.body);
        if (answer.status === 202) accepted.set(answer.json.job_id, SHORT.result);
        else refusals.push(answer);
        expect(refusals.map(({ json }) => json.detail).join('\n')).toMatch(
          /stores nothing right now, most likely because its disk is full: free some space/,
        );
      },
      { timeout: 60_000, interval: 100 },
    );
    for (const { status, headers } of refusals)
      expect({ status, retryAfter: Number(headers.get('retry-after')) > 0 }).toEqual({ status: 503, retryAfter: true });
    expect(await api.get('/readyz')).toMatchObject({
      status: 503,
      json: { ready: false, checks: { nats: true, storage: false } },
    });
    expect((await api.get('/metrics')).json).toMatch(/^manyhands_storage_works\S* 0$/m);
    expect(system.output()).toMatch(/NATS cannot write to \S+: is the disk full\?/);
    expect((await api.get(`/v1/jobs/${finished}`)).json.result).toBe(SHORT.result);

    const freedAt = performance.now();
    disk.free();
    await vi.waitFor(async () => expect((await api.get('/readyz')).status).toBe(200), { timeout: 60_000, interval: 100 });
    console.log(
      `full disk: ${accepted.size} jobs accepted, ${refusals.length} refused; ready ${Math.round(performance.now() - freedAt)} ms after there was room`,
    );
    for (const [jobId, result] of accepted)
      expect(await api.finish(jobId)).toMatchObject({ status: 'completed', result, failed_chunks: 0 });
    const job = await vi.waitFor(
      async () => {
        const { json } = await api.get(`/v1/schedules/${scheduled.json.schedule_id}`);
        expect(json.last_job_id).toEqual(expect.any(String));
        return json.last_job_id as string;
      },
      { timeout: 30_000 },
    );
    expect(await api.finish(job)).toMatchObject({ status: 'completed', result: LATER.result });

    await vi.waitFor(
      () => {
        // A copy, because SQLite resolves links, and this one leads into another mount namespace.
        const copy = join(system!.home, 'history.sqlite');
        for (const part of ['', '-wal']) copyFileSync(disk.path(`history.sqlite${part}`), copy + part);
        using history = new DatabaseSync(copy);
        const rows = new Set(
          history
            .prepare('SELECT job_id FROM jobs')
            .all()
            .map((row) => row['job_id']),
        );
        for (const jobId of accepted.keys()) expect(rows).toContain(jobId);
      },
      { timeout: 30_000 },
    );
  },
);
