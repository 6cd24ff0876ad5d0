import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { JOB_STATUSES, type JobStatus } from '@manyhands/proto';
import { timesOfFixedWork } from '@manyhands/testkit/yardstick';
import { FeedEntry } from '../mirror/feed-entry.ts';
import { digestView } from '../mirror/job-digest.ts';
import { JobList, type PageRequest } from './job-list.ts';

type Listed = { kind: string; status: JobStatus; tags?: Record<string, string> };

function entry(tenant: string, id: string, view: Listed | undefined): FeedEntry {
  const value = view && new TextEncoder().encode(JSON.stringify(view));
  return new FeedEntry({ key: `${tenant}.${id}`, revision: 1, storedAtMs: 0, value }, digestView);
}

const change = fc.record({
  tenant: fc.constantFrom('local', 'other'),
  id: fc.integer({ min: 0, max: 30 }).map((number) => `id-${String(number).padStart(2, '0')}`),
  view: fc.option(
    fc.record(
      {
        kind: fc.constantFrom('sum', 'primes'),
        status: fc.constantFrom(...JOB_STATUSES),
        tags: fc.dictionary(fc.constantFrom('team', 'a=b'), fc.constantFrom('web', '')),
      },
      { requiredKeys: ['kind', 'status'] },
    ),
    {
      nil: undefined,
    },
  ),
});

test('pages together hold each fitting job of the tenant once, newest first, whatever came and went before', () => {
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 80 }),
      fc.integer({ min: 1, max: 7 }),
      fc.option(fc.constantFrom(...JOB_STATUSES), { nil: undefined }),
      fc.option(fc.constantFrom('sum', 'primes'), { nil: undefined }),
      fc.option(fc.constantFrom('team=web', 'team=', 'a=b=web', 'none=1'), { nil: undefined }),
      (changes, limit, status, kind, tag) => {
        const list = new JobList();
        const truth = new Map<string, Listed>();
        for (const { tenant, id, view } of changes) {
          list.put(entry(tenant, id, view));
          if (tenant !== 'local') continue;
          if (view) truth.set(id, view);
          else truth.delete(id);
        }
        const fitting = [...truth]
          .filter(([, view]) => (status ?? view.status) === view.status && (kind ?? view.kind) === view.kind)
          .filter(([, { tags = {} }]) => tag === undefined || Object.entries(tags).some((pair) => pair.join('=') === tag))
          .map(([id]) => id);
        const seen: string[] = [];
        let cursor: string | undefined;
        do {
          const page = list.page('local', { status, kind, tag, limit, cursor });
          expect(page.entries.length).toBeLessThanOrEqual(limit);
          seen.push(...page.entries.map(({ key }) => key.replace('local.', '')));
          cursor = page.nextCursor;
        } while (cursor !== undefined);
        expect(seen).toEqual(fitting.sort().reverse());
      },
    ),
  );
});

test('a cursor stays right when newer jobs come and its own job goes', () => {
  const list = new JobList();
  const put = (id: string, view: { kind: string; status: JobStatus } | undefined = { kind: 'sum', status: 'running' }) =>
    list.put(entry('local', id, view));
  for (const id of ['a', 'b', 'c', 'd']) put(id);
  const first = list.page('local', { status: undefined, kind: undefined, limit: 2, cursor: undefined });
  expect(first.nextCursor).toBe('c');
  put('e');
  put('c', undefined);
  const second = list.page('local', { status: undefined, kind: undefined, limit: 2, cursor: first.nextCursor });
  expect(second.entries.map(({ key }) => key)).toEqual(['local.b', 'local.a']);
  expect(second.nextCursor).toBeUndefined();
});

test('what is no job key is no job', () => {
  const list = new JobList();
  list.put(new FeedEntry({ key: 'x', revision: 1, storedAtMs: 0, value: new Uint8Array() }));
  expect(list.page('x', { status: undefined, kind: undefined, limit: 1, cursor: undefined }).entries).toEqual([]);
});

// Seen: 100 ms, and half a second the first time, for a list in which nothing fits among 100,000 jobs.
test('the few jobs that fit among 100,000 others are found without a look at the others', async () => {
  const list = new JobList();
  const value = new Uint8Array(1);
  for (let index = 0; index < 100_000; index += 1) {
    list.put(
      new FeedEntry({ key: `local.id-${String(index).padStart(6, '0')}`, revision: 1, storedAtMs: 0, value }, () => ({
        kind: index === 500 ? 'rare' : 'sum',
        status: 'completed',
      })),
    );
  }
  const request = { status: undefined, kind: undefined, limit: 200, cursor: undefined };
  // To look at all of them: some 100 times.
  const costMax = 10;
  for (const asked of [
    { ...request, status: 'failed' as const },
    { ...request, kind: 'rare' },
    { ...request, kind: 'sum', cursor: 'id-050000' },
    request,
  ]) {
    const { entries } = list.page('local', asked);
    expect(entries.length).toBe(asked.status === 'failed' ? 0 : asked.kind === 'rare' ? 1 : 200);
    expect(timesOfFixedWork(() => list.page('local', asked), costMax)).toBeLessThan(costMax);
  }
}, 30_000);

test('changes are filed while nobody asks, a little at a time', async () => {
  const list = new JobList();
  let read = 0;
  for (let index = 0; index < 1_000; index += 1) {
    list.put(
      new FeedEntry(
        { key: `local.id-${index}`, revision: 1, storedAtMs: 0, value: new Uint8Array(1) },
        () => ((read += 1), { kind: 'sum', status: 'running' }),
      ),
    );
  }
  expect(read).toBe(0);
  while (read < 1_000) await new Promise((resolve) => setImmediate(resolve));
  expect(list.page('local', { status: 'running', kind: 'sum', limit: 10, cursor: undefined }).entries).toHaveLength(10);
  expect(read).toBe(1_000);
});

describe('a search', () => {
  const text = (number: number) => `${number % 2 === 0 ? 'even' : 'odd'} ${number}`;
  const id = (number: number) => `id-${String(number).padStart(2, '0')}`;
  function listOf(count: number, looksMax?: number): JobList {
    const list = new JobList(looksMax);
    for (let number = 0; number < count; number += 1)
      list.put(entry('local', id(number), { kind: 'sum', status: 'failed', tags: { is: text(number) } }));
    return list;
  }
  /** All ids that fit, over as many pages as it takes. */
  function idsOf(list: JobList, search: Omit<PageRequest, 'limit'>, limit: number): { ids: string[]; pages: number } {
    const ids: string[] = [];
    let [cursor, pages]: [string | undefined, number] = [undefined, 0];
    do {
      const page = list.page('local', { ...search, limit, cursor });
      ids.push(...page.entries.map(({ key }) => key.replace('local.', '')));
      cursor = page.nextCursor;
      pages += 1;
    } while (cursor !== undefined);
    return { ids, pages };
  }

  it('finds the same jobs however few it looks at for one page, and counts them', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom('even', 'ODD sum', 'nothing'),
        fc.integer({ min: 0, max: 40 }),
        (count, looksMax, limit, asked, last) => {
          const list = listOf(count, looksMax);
          const word = asked.split(' ')[0]!.toLowerCase();
          const fitting = Array.from({ length: Math.min(count, last + 1) }, (_, number) => number)
            .filter((number) => text(number).includes(word))
            .map(id)
            .toReversed();
          const search = { text: asked, upTo: id(last) };
          expect(idsOf(list, search, limit).ids).toEqual(fitting);
          const counted = list.count('local', search);
          if (counted.complete) expect(counted).toMatchObject({ count: fitting.length, newest: fitting[0] });
          else expect(counted.count).toBeLessThanOrEqual(fitting.length);
          expect(counted.complete).toBe(Math.min(count, last + 1) <= looksMax);
        },
      ),
    );
  });

  it('a page that is full says at once whether more fit', () => {
    expect(idsOf(listOf(8), { text: 'even' }, 4)).toEqual({ ids: ['id-06', 'id-04', 'id-02', 'id-00'], pages: 1 });
    expect(idsOf(listOf(8), { text: 'even', isOpen: () => false }, 4)).toEqual({ ids: [], pages: 1 });
  });
});
