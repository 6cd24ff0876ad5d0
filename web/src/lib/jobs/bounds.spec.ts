import { limits } from '@manyhands/proto/limits';
import { describe, expect, it } from 'vitest';
import {
  boundsOf,
  boundsSummary,
  maxFailedProblem,
  maxFailedText,
  tagsFrom,
  tagsProblem,
  tagsText,
  usualBounds,
} from './bounds.ts';

describe('bounds', () => {
  it('that were not asked for are not sent', () => {
    expect(boundsOf(usualBounds)).toEqual({});
    expect(boundsOf({ ...usualBounds, atOnce: null, maxFailed: ' ', tags: '\n' })).toEqual({});
    expect(boundsSummary(usualBounds)).toEqual([]);
  });

  it('are sent as the API takes them, and stated where the section is closed', () => {
    const choice = { ...usualBounds, atOnce: 4, maxFailed: '5 %', tags: 'team=blue\nrun = a=b' };
    expect(boundsOf(choice)).toEqual({ at_once: 4, max_failed: { share: 0.05 }, tags: { team: 'blue', run: 'a=b' } });
    expect(boundsSummary(choice)).toEqual(['4 at once', 'up to 5 % dead', '2 tags']);
    expect(boundsOf({ ...choice, maxFailed: '0' }).max_failed).toEqual({ count: 0 });
  });

  it.each([{ count: 0 }, { count: limits.chunkCountMax }, { share: 0.07 }, { share: 1 }, { share: 0.123 }])(
    'of %o read back as they were',
    (failed) => {
      expect(boundsOf({ ...usualBounds, maxFailed: maxFailedText(failed) }).max_failed).toEqual(failed);
    },
  );

  it.each(['x', '-1', '1.5', '101 %', `${limits.chunkCountMax + 1}`, '5 % of all'])('refuse %s dead chunks', (text) => {
    expect(maxFailedProblem(text)).toMatch(/such as 10/);
  });

  it.each([{ team: 'blue', run: '7' }, { 'a=b': 'c' }, { a: 'two\nlines' }, { a: ' blank ' }, { a: '' }, { '{': 'x' }, {}])(
    'keep the tags %o',
    (tags) => {
      expect(tagsFrom(tagsText(tags as Record<string, string>))).toEqual(tags);
    },
  );

  it('refuse tags that the API would refuse', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `t${index}=x`).join('\n');
    expect(tagsProblem(many(limits.tagsMax))).toBeNull();
    expect(tagsProblem(many(limits.tagsMax + 1))).toBe('Must be at most 10; these are 11.');
    expect(tagsProblem(`a=${'x'.repeat(limits.tagCharsMax)}`)).toBeNull();
    expect(tagsProblem(`a=${'x'.repeat(limits.tagCharsMax + 1)}`)).toMatch(/at most 64 characters/);
    for (const text of ['blue', '=blue', ' =blue', '{"a":1}', '{']) expect(tagsProblem(text)).toMatch(/such as team=blue/);
  });
});
