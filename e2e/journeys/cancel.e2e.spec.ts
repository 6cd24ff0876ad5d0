/** How soon a worker stops to compute a job that is cancelled. */
import { eventually } from '@manyhands/testkit';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { rest } from '../fixture/rest.ts';
import { startSystem, type System } from '../fixture/system.ts';

let system: System;
let api: ReturnType<typeof rest>;

beforeAll(async () => {
  system = await startSystem();
  api = rest(system.baseUrl);
});
afterAll(() => system?.stop());

it('cancelling stops the compute of a long job within half a second', async () => {
  const busy = async () =>
    ((await api.get('/v1/workers')).json.workers as { leases: { job_id: string }[] }[])
      .flatMap((worker) => worker.leases)
      .map((lease) => lease.job_id);
  const jobId = await api.submit({ kind: 'primes', params: { n: 100_000_000_000 }, chunks: 8 });
  await vi.waitFor(async () => expect(await busy()).toContain(jobId), { timeout: 20_000 });

  const cancelledAt = performance.now(); // a promise of the system in time, not a speed
  expect((await api.delete(`/v1/jobs/${jobId}`)).status).toBe(204);
  await eventually(async () => expect((await api.get(`/v1/jobs/${jobId}`)).json.status).toBe('cancelled'));
  await eventually(() => expect(system.output()).toMatch(new RegExp(`stopped computing.*${jobId}`)));
  expect(performance.now() - cancelledAt).toBeLessThan(500);
  await vi.waitFor(async () => expect(await busy()).not.toContain(jobId), { timeout: 10_000 });

  const next = await api.finish(await api.submit({ kind: 'primes', params: { n: 1_000_000 }, chunks: 8 }));
  expect(next.result).toBe(78_498);
});
