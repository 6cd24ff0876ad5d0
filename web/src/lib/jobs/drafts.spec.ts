import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  draftCharsMax,
  draftsMax,
  readKept,
  recentMax,
  withDraft,
  withoutDraft,
  withRecent,
  type Draft,
  type Kept,
} from './drafts.ts';
import { usualTrying } from './run-again.ts';

const nothing: Kept = { owner: 'ada', recent: [], drafts: [] };
const draft = (kind: string, params: Draft['params'] = { n: 1 }): Draft => ({
  kind,
  params,
  chunks: 8,
  priority: 'high',
  trying: { ...usualTrying('continue'), attempts: 2, tags: 'team=blue' },
});
const read = (kept: Kept, owner = 'ada') => readKept(JSON.stringify(kept), owner);

it('a draft is read back as it was, by the account that left it alone', () => {
  const kept = withRecent(withDraft(nothing, draft('sum')), 'sum');
  expect(read(kept)).toEqual(kept);
  expect(read(kept, 'bob')).toEqual({ owner: 'bob', recent: [], drafts: [] });
});

it('there is one of each kind, the newest; one that is sent goes', () => {
  const kept = withDraft(withDraft(withDraft(nothing, draft('sum')), draft('primes')), draft('sum', { n: 2 }));
  expect(kept.drafts.map(({ kind, params }) => [kind, params['n']])).toEqual([
    ['primes', 1],
    ['sum', 2],
  ]);
  expect(withoutDraft(kept, 'sum').drafts).toHaveLength(1);
});

it('one that is too long is not kept, nor is the shorter one before it', () => {
  expect(withDraft(withDraft(nothing, draft('sum')), draft('sum', { code: 'x'.repeat(draftCharsMax) })).drafts).toEqual([]);
});

it('whatever was typed and chosen, what is kept is bounded', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 40 }), (kinds) => {
      const kept = kinds.reduce((before, kind) => withRecent(withDraft(before, draft(kind)), kind), nothing);
      expect(kept.drafts.length).toBeLessThanOrEqual(draftsMax);
      expect(kept.recent.length).toBeLessThanOrEqual(recentMax);
      expect(new Set(kept.recent).size).toBe(kept.recent.length);
      expect(read(kept)).toEqual(kept);
    }),
  );
});

it('what cannot be read is nothing', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(readKept(text, 'ada')).toEqual(nothing);
    }),
  );
  for (const drafts of [7, [null], [{ kind: 1 }], [{ kind: 'a', params: [] }]])
    expect(readKept(JSON.stringify({ owner: 'ada', recent: [1], drafts }), 'ada')).toEqual(nothing);
});
