import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rest } from '../fixture/rest.ts';
import { repository } from '../fixture/system.ts';
import { startTracedSystem, type Calls, type TracedService, type TracedSystem } from './traced-system.ts';

/** What runs for each job runs at least this much more often in so many jobs than in twice as long a time without any. */
const JOBS = 75;
const CALLS_MIN = 60;

/**
 * So many of our files run for one job; the goal is 80. It was 180 before a job could be cut from an input and leave lines, and 205 before it kept where its time
 * went. Of one build it is 210 to 212: what runs on a clock now and then runs as often as jobs do.
 */
const FILES_MAX = 215;

/** What runs on a clock may run beside the jobs on a busy machine; the rooms that care for the system are not on the way of a job. */
const isCare = (file: string): boolean => /\/(care|provision|reclaim)\//.test(file);

let system: TracedSystem;
let path: Map<TracedService, string[]>;

beforeAll(async () => {
  system = await startTracedSystem();
  const api = rest(system.baseUrl);
  const runJob = async (n: number) => {
    const answer = await api.post('/v1/jobs?wait=30', { n, chunks: 8 });
    expect(answer.json).toMatchObject({ status: 'completed', completed_chunks: 8 });
  };
  await runJob(10_000);
  await system.mark();
  const startedAtMs = performance.now();
  for (let job = 0; job < JOBS; job += 1) await runJob(20_000 + job);
  const busyMs = performance.now() - startedAtMs;
  const busy = await system.mark();
  // Twice as long: what runs on a clock has then run at least as often as beside the jobs.
  await wait(2 * busyMs);
  const idle = await system.mark();
  const forJobs = (service: TracedService, calls: Calls) =>
    [...calls].filter(([file, count]) => count - (idle[service].get(file) ?? 0) >= CALLS_MIN).map(([file]) => file);
  path = new Map(Object.entries(busy).map(([name, calls]) => [name as TracedService, forJobs(name as TracedService, calls)]));
}, 120_000);

afterAll(async () => {
  expect(await system?.stop()).toBe(0);
});

it(`a submitted job meets at most ${FILES_MAX} of our files on its way`, () => {
  for (const [service, files] of path) console.log(`${service}: ${files.length} files\n  ${files.join('\n  ')}`);
  const files = new Set([...path.values()].flat().filter((file) => !isCare(file)));
  console.log(`together: ${files.size} files`);
  expect(files.size).toBeLessThanOrEqual(FILES_MAX);
});

it('the trace sees each process that a job passes', () => {
  expect(path.get('gateway')).toContain('services/gateway/src/submit/submit-job.ts');
  expect(path.get('coordinator')).toContain('services/coordinator/src/job/fold.ts');
  // This one runs in the thread of a slot.
  expect(path.get('compute')).toContain('services/compute/src/kinds/sum/compute.ts');
  expect(path.get('metrics')).toContain('services/metrics/src/history/history.ts');
});

it('every file on the way is in a room that the page of the architecture names', () => {
  const page = readFileSync(join(repository, 'docs/architecture.md'), 'utf8');
  const way = page.slice(page.indexOf('## The way of one job'), page.indexOf('## The rooms'));
  const rooms = [...way.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, room]) => room!);
  expect(rooms.filter((room) => !existsSync(join(repository, room)))).toEqual([]);
  const isKnown = (file: string): boolean =>
    rooms.some((room) => file.startsWith(`${room}/`)) || /^services\/[a-z]+\/src\/[^/]+$|^libs\/worker\/src\/[^/]+$/.test(file);
  const files = new Set([...path.values()].flat());
  expect([...files].filter((file) => !isKnown(file) && !isCare(file))).toEqual([]);
});
