import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { rest } from '../fixture/rest.ts';
import { startSystem, type ProcessName, type System } from '../fixture/system.ts';

/** Each chunk gives one: an answer that is not their number has lost or doubled one. Takes 5 s on two slots, and nothing of the processor. */
const LONG = { body: { kind: 'slow', params: { ms: 25 }, chunks: 400 }, result: 400, chunks: 400 };

let system: System;
let api: ReturnType<typeof rest>;

beforeAll(async () => {
  system = await startSystem({ env: { MANYHANDS_KIND_MODULES: 'builtin,e2e/fixture/slow-kinds.ts' } });
  api = rest(system.baseUrl);
});

afterAll(async () => {
  await system.stop();
});

async function submitAndReach(share: number): Promise<string> {
  const jobId = await api.submit(LONG.body);
  await vi.waitFor(
    async () => {
      const { json } = await api.get(`/v1/jobs/${jobId}`);
      expect(json.progress).toBeGreaterThan(share);
    },
    { timeout: 30_000, interval: 25 },
  );
  return jobId;
}

async function expectRightAnswer(jobId: string): Promise<void> {
  const job = await api.finish(jobId);
  expect(job).toMatchObject({
    status: 'completed',
    result: LONG.result,
    completed_chunks: LONG.chunks,
    failed_chunks: 0,
    progress: 1,
  });
  expect(job.chunks.done).toEqual([[0, LONG.chunks]]);
  const counted = Object.values(job.workers as Record<string, number>).reduce((sum, count) => sum + count, 0);
  expect(counted, 'chunks counted over all workers').toBe(LONG.chunks);
}

describe('kill -9 in the middle of a job', () => {
  it.each<ProcessName>(['compute', 'coordinator', 'nats-server', 'gateway', 'metrics'])(
    'of the %s: the job finishes with the right answer, each chunk counted once',
    async (name) => {
      const jobId = await submitAndReach(0.1);
      const killed = system.kill(name);
      await expectRightAnswer(jobId);
      await vi.waitFor(() => expect(system.pids(name)).not.toContain(killed), { timeout: 20_000 });
      await vi.waitFor(() => expect(system.pids(name).length).toBe(1), { timeout: 20_000 });
    },
  );

  it('of one of two coordinators: the other takes over', async () => {
    const second = system.join('coordinator');
    await vi.waitFor(async () => expect((await api.get('/readyz')).json.checks.coordinators).toBe(2), { timeout: 20_000 });
    const jobId = await submitAndReach(0.1);
    system.kill('coordinator');
    await expectRightAnswer(jobId);
    const again = await submitAndReach(0.1);
    second.kill('SIGKILL');
    await expectRightAnswer(again);
  });
});

describe('workers started by hand', () => {
  it('share the leases of one job, and one that is killed leaves the list within 15 s', async () => {
    const second = system.join('compute', { MANYHANDS_SLOTS: '1' });
    const listed = async () => (await api.get('/v1/workers')).json.workers as { worker: string; pid: number }[];
    await vi.waitFor(async () => expect((await listed()).map((worker) => worker.pid)).toContain(second.pid), { timeout: 20_000 });
    const name = (await listed()).find((worker) => worker.pid === second.pid)!.worker;

    const job = await api.finish(await api.submit(LONG.body));
    expect(job.result).toBe(LONG.result);
    expect(Object.keys(job.workers).length).toBe(2);
    expect(job.workers[name]).toBeGreaterThan(0);

    second.kill('SIGKILL');
    await vi.waitFor(async () => expect((await listed()).map((worker) => worker.pid)).not.toContain(second.pid), {
      timeout: 15_000,
      interval: 250,
    });
  });
});
