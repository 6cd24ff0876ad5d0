/**
 * Looking inside a system: jobs that are slow in a known way are found to be, and what is measured of them adds up; every line of the page on the `nats` CLI does
 * what it states, with the real CLI.
 */
import { openBroker } from '@manyhands/broker';
import { createClient, type Client, type JobProfile } from '@manyhands/sdk';
import { startWorker } from '@manyhands/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSystem, type System } from '../fixture/system.ts';
import { commandsOf, natsCli, runInShell } from './nats-cli.ts';

let system: System;
let client: Client;
let stopWorker: () => Promise<void>;

beforeAll(async () => {
  system = await startSystem({ slots: 1 });
  client = createClient({ baseUrl: system.baseUrl });
  const broker = await openBroker({ url: system.natsUrl, name: 'slow', inbox: 'compute' });
  const worker = await startWorker({ broker, kindModules: [new URL('../fixture/slow-kinds.ts', import.meta.url)], slots: 2 });
  stopWorker = async () => {
    await worker.drain(0);
    await broker.close();
  };
});

afterAll(async () => {
  await stopWorker?.();
  expect(await system.stop()).toBe(0);
});

const submit = (params: Record<string, unknown>, chunks: number, more = {}) =>
  client.submit({ kind: 'slow', params, chunks, ...more }).then(({ job_id: id }) => id);

/** Its profile when it is over; the parts add up to what its view states, and to what was seen from outside. */
async function profileOf(params: Record<string, unknown>, chunks: number, more = {}): Promise<JobProfile> {
  const id = await submit(params, chunks, more);
  const view = await client.wait(id);
  expect(view.status).toBe('completed');
  const profile = await client.profile(id);
  const sum = profile.parts.reduce((all, { sec }) => all + sec, 0);
  const measured = (Date.parse(view.finished_at!) - Date.parse(view.created_at)) / 1_000;
  expect(sum).toBeCloseTo(profile.measured_sec, 6);
  // 20 ms: the clock of the gateway and that of the broker.
  expect(Math.abs(sum - measured)).toBeLessThan(0.05 * measured + 0.02);
  return profile;
}
const secOf = ({ parts }: JobProfile, name: string): number => parts.find(({ part }) => part === name)?.sec ?? 0;

it('one chunk that takes far longer than the others', async () => {
  const profile = await profileOf({ ms: 10, longMs: 1_500 }, 12);
  expect(profile).toMatchObject({ cause: 'skewed_chunks' });
  const [longest] = profile.stragglers;
  expect(longest!.took_sec).toBeGreaterThan(1.4);
  expect(longest!.begin <= 5 && longest!.end > 5).toBe(true);
});

it('too few slots', async () => {
  const profile = await profileOf({ ms: 60 }, 40);
  expect(profile).toMatchObject({ cause: 'few_slots', slots: { live: 2, used: 2 } });
  expect(profile.saved_by_slot_sec).toBeGreaterThan(0.2);
  expect(profile.timeline.rows).toHaveLength(2);
  expect(profile.timeline.rows.reduce((sum, { chunks }) => sum + chunks, 0)).toBe(40);
  // History keeps what the profile is made from, for when the view has left.
  await expect.poll(() => client.kept(profile.job_id).catch(() => undefined), { timeout: 10_000 }).toBeDefined();
  expect((await client.kept(profile.job_id)).timing).toMatchObject({
    ms: profile.measured_sec * 1_000,
    leases: expect.any(Number) as number,
  });
});

it('a slow merge', async () => {
  const profile = await profileOf({ ms: 5, mergeMs: 120 }, 12);
  expect(profile.cause).toBe('merging');
  expect(secOf(profile, 'merging')).toBeGreaterThan(0.5);
});

it('a rate', async () => {
  const profile = await profileOf({ ms: 1, perSec: 12 }, 24);
  expect(profile.cause).toBe('pacing');
  expect(secOf(profile, 'pacing')).toBeGreaterThan(1);
});

it('at_once, while a slot is free', async () => {
  expect(await profileOf({ ms: 60 }, 12, { at_once: 1 })).toMatchObject({ cause: 'at_once', saved_by_slot_sec: 0 });
});

const recipes = commandsOf('nats-cli.md').map(({ what, text }) => ({ what, lines: text.split('\n') }));

it.skipIf(natsCli === undefined)(
  'every line of the page on the nats CLI (skipped where it is not installed)',
  async () => {
    const [setup] = recipes.filter(({ what }) => what === 'setup').flatMap(({ lines }) => lines);
    // The page is for the usual home; this system has one of its own.
    const prepared = setup!.replace('$PWD/.manyhands', system.home);
    expect(prepared).not.toBe(setup);
    const job = await submit({ ms: 1 }, 4);
    await client.wait(job);
    const run = (line: string) => runInShell(`${prepared}; ${line}`, { env: { JOB: job } });
    const oneByOne = recipes.filter(({ what }) => what === '').flatMap(({ lines }) => lines);
    expect(oneByOne.length).toBeGreaterThan(12);
    for (const line of oneByOne) {
      const { stdout } = await run(line);
      expect([line, stdout.trim()]).toEqual([line, expect.stringMatching(/\S/) as string]);
      if (line.includes('kv get jobs')) expect(JSON.parse(stdout)).toMatchObject({ job_id: job, status: 'completed' });
      if (line.includes('get EVENTS')) expect(stdout).toContain('"type":"JobFinished"');
      if (line.includes('consumer report WORK')) expect(stdout).toContain('slow_normal');
    }
    const follow = recipes.filter(({ what }) => what === 'follow').flatMap(({ lines }) => lines);
    const following = Promise.all(
      follow.map((line) => run(`exec timeout -s INT 4 ${line}`).catch((ended: { stdout: string; stderr: string }) => ended)),
    );
    await client.wait(await submit({ ms: 700 }, 6));
    const [views, , events] = await following;
    expect(views!.stdout).toContain(job);
    expect(events!.stdout + events!.stderr).toContain('event.local.');
  },
  120_000,
);

it('a job that runs, then a cancelled one, then one of a kind that no worker has any more', async () => {
  const id = await submit({ ms: 30_000 }, 2);
  for await (const { status, chunks } of client.watch(id)) if (status === 'running' && chunks.leased.length > 0) break;
  // Cancelled sooner on a busy machine, most of its time was its way to the slots, and its profile rightly named that.
  await expect
    .poll(
      async () => {
        const profile = await client.profile(id);
        return secOf(profile, 'computing') / Math.max(profile.measured_sec, 1);
      },
      { timeout: 25_000 },
    )
    .toBeGreaterThan(0.6);
  await client.cancel(id);
  await client.wait(id);
  const cancelled = await client.profile(id);
  expect(cancelled).toMatchObject({ status: 'cancelled', cause: 'unanswered' });
  expect(cancelled.parts.reduce((sum, { sec }) => sum + sec, 0)).toBeCloseTo(cancelled.measured_sec, 6);

  await stopWorker();
  await expect
    .poll(async () => (await client.kinds()).find(({ kind }) => kind === 'slow')?.live_workers, { timeout: 20_000 })
    .toBe(0);
  const waiting = await submit({ ms: 1 }, 2);
  await expect
    .poll(async () => client.profile(waiting), { timeout: 10_000 })
    .toMatchObject({
      cause: 'no_worker',
      advice: expect.stringMatching(/no live worker could compute slow: start one/) as string,
    });
});
