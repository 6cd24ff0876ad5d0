/**
 * Each page of the dashboard as Lighthouse judges it for a phone, of the real system amidst its work. With `FULL_SIZES=1`, because it takes minutes, and a machine
 * that does nothing else: a busy one makes pages slow, so there `performance` is printed and not judged.
 */
import { availableParallelism, loadavg } from 'node:os';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { rest } from '../fixture/rest.ts';
import { startSystem, type System } from '../fixture/system.ts';
import { installLighthouse, judge, type Category } from './lighthouse.ts';

const scoreLeast = 90;
/** With more than this to do at once, the machine would be judged, and not the page. */
const loadMost = 2 * availableParallelism();
/** On the wire, of which nearly one is headers with each request. */
const kibMost = { visitor: 150, user: 220 };
const timeout = 1_500_000;
const forUsers: readonly Category[] = ['performance', 'accessibility', 'best-practices'];
/** What search engines may find, too. */
const forAll: readonly Category[] = [...forUsers, 'seo'];

interface Page {
  name: string;
  path: string;
}

describe.skipIf(process.env['FULL_SIZES'] !== '1')('to Lighthouse (with FULL_SIZES=1)', () => {
  let system: System | undefined;
  beforeAll(installLighthouse, 300_000);
  afterEach(async () => {
    await system?.stop();
    system = undefined;
  });

  /** Prints a row for each page, and returns what falls short. */
  async function judged(pages: readonly Page[], categories: readonly Category[], most: number): Promise<string[]> {
    const rows: Record<string, object> = {};
    const short: string[] = [];
    for (const { name, path } of pages) {
      const { scores, kib, requests, faults } = await judge(system!.baseUrl + path, name, categories);
      const isQuiet = loadavg()[0]! <= loadMost;
      rows[name] = {
        ...Object.fromEntries(categories.map((each) => [each, scores[each]])),
        KiB: kib,
        requests,
        machine: isQuiet ? 'quiet' : 'busy',
      };
      const sure = categories.filter((each) => each !== 'performance' || isQuiet);
      const low = sure.filter((each) => (scores[each] ?? 0) < scoreLeast).map((each) => `${each} ${scores[each]}`);
      if (low.length > 0) short.push(`${name}: ${low.join(', ')} (${faults.join('; ')})`);
      if (!(kib <= most)) short.push(`${name}: ${kib} KiB`);
      console.log(`${name}: ${faults.join('; ') || 'nothing costs points'}`);
    }
    console.table(rows);
    return short;
  }

  it('every page of who works with it is fast on a phone, light and accessible', { timeout, retry: 0 }, async () => {
    const kinds = ['slow', 'moody'].map((name) => `e2e/fixture/${name}-kinds.ts`);
    system = await startSystem({ env: { MANYHANDS_KIND_MODULES: ['builtin', ...kinds].join() } });
    const api = rest(system.baseUrl);
    const sum = { kind: 'sum', params: { n: 10_000 }, chunks: 8 };
    const done = await api.submit({ kind: 'primes', params: { n: 100_000_000 }, chunks: 64 });
    const mood = { fail: [1, 3], away: [2, 5, 6], mended: `${system.home}/mended` };
    const gaps = await api.submit({ kind: 'moody', params: mood, max_attempts: 1, on_dead_chunk: 'continue' });
    const failed = await api.submit({ kind: 'moody', params: mood, max_attempts: 1 });
    for (const job of [done, gaps, failed, await api.submit(sum), await api.submit(sum)]) await api.finish(job);
    // It waits instead of computing: the processor is the browser's.
    const running = await api.submit({ kind: 'slow', params: { ms: 2_000 }, chunks: 4_000 });
    const paused = await api.submit({ kind: 'slow', params: { ms: 2_000 }, chunks: 100 });
    await api.call('POST', `/v1/jobs/${paused}/pause`);
    await api.post('/v1/jobs', { ...sum, cron: '30 6 * * mon-fri' });
    const pages = [
      { name: 'welcome', path: '/welcome' },
      { name: 'new', path: '/new' },
      { name: 'jobs', path: '/jobs' },
      { name: 'job-running', path: `/jobs/${running}` },
      { name: 'job-done', path: `/jobs/${done}` },
      { name: 'job-gaps', path: `/jobs/${gaps}?tab=failures` },
      { name: 'failures', path: '/failures' },
      { name: 'history', path: '/history' },
      { name: 'workers', path: '/workers' },
      { name: 'schedules', path: '/schedules' },
      { name: 'operations', path: '/operations' },
    ];
    expect(await judged(pages, forUsers, kibMost.user)).toEqual([]);
  });

  it('every page of a visitor is fast on a phone, light, accessible and found', { timeout, retry: 0 }, async () => {
    system = await startSystem({ env: { AUTH: 'on' } });
    const pages = [
      { name: 'landing', path: '/' },
      { name: 'sign-in', path: '/sign-in' },
      { name: 'register', path: '/register' },
      { name: 'docs', path: '/docs' },
      { name: 'docs-page', path: '/docs/tour' },
    ];
    expect(await judged(pages, forAll, kibMost.visitor)).toEqual([]);
  });
});
