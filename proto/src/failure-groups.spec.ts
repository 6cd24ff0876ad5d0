import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { causeOf, failureGroups, groupingOf, patternOf } from './failure-groups.ts';

const failed = (message: string, code = 'compute_failed') => ({ error: { code, message } });

describe('what differs from failure to failure', () => {
  it.each([
    ['page 17 has no charset', 'page … has no charset'],
    ['took 1,234.5 s, not 30', 'took … s, not …'],
    ['https://example.com/a?b=1#c answered 503', '… answered …'],
    ['fetch failed: http://[::1]:80/x (ECONNREFUSED 127.0.0.1:80)', 'fetch failed: … (ECONNREFUSED …)'],
    ['no column "price 2" in `rows`', 'no column … in …'],
    ["cannot read 'name' of the item", 'cannot read … of the item'],
    ["it doesn't fit, isn't it", "it doesn't fit, isn't it"],
    ['object 0198f00d-1234-7abc-8def-0123456789ab is gone', 'object … is gone'],
    ['commit deadbeef01 is not there', 'commit … is not there'],
    ['a defaced facade at 0x7ffe', 'a defaced facade at …'],
    ['rows 1, 2, 3 and 4', 'rows … and …'],
    ['Chunk 7 failed 1 time: page 17 has no charset', 'page … has no charset'],
    ['Item 7 cannot be computed: no', 'no'],
    ['', ''],
  ])('%j reads %j', (message, pattern) => {
    expect(patternOf(message)).toBe(pattern);
  });

  it('is masked once and for all', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => patternOf(patternOf(text)) === patternOf(text)),
      { examples: [["''0"], ["1'a'"], ['1a://x'], ['z://""']] },
    );
  });

  it('is found in a long message without delay', () => {
    for (const part of ['a', '0', 'f0', '"', "'", '1.', 'x://', '0x', '-'])
      expect(patternOf(part.repeat(2_000)).length).toBeLessThanOrEqual(4_000);
  });
});

describe('groups', () => {
  it('twenty letters of four causes are four rows, the largest first', () => {
    const letters = [
      ...Array.from({ length: 5 }, (_, index) => failed(`page ${index} has no charset`)),
      ...Array.from({ length: 9 }, (_, index) => failed(`https://a.example/${index} answered 503`)),
      ...Array.from({ length: 4 }, () => failed('it ran longer than it may', 'time_limit')),
      ...Array.from({ length: 2 }, () => failed('it ran longer than it may')),
    ];
    expect(failureGroups(letters).map(({ code, message, failures }) => [failures.length, code, message])).toEqual([
      [9, 'compute_failed', '… answered 503'],
      [5, 'compute_failed', 'page … has no charset'],
      [4, 'time_limit', 'it ran longer than it may'],
      [2, 'compute_failed', 'it ran longer than it may'],
    ]);
  });

  it('show what is the same in all of them', () => {
    expect(failureGroups([failed('answered 503'), failed('answered 503')])[0]?.message).toBe('answered 503');
    expect(failureGroups([failed('answered 503')])[0]?.message).toBe('answered 503');
    expect(failureGroups([])).toEqual([]);
    const times = failureGroups([failed('Chunk 1 failed 1 time: answered 503'), failed('Chunk 2 failed 3 times: answered 503')]);
    expect(times.map(({ message }) => message)).toEqual(['answered 503']);
    expect(failureGroups([failed('rows 1, 2 and 9'), failed('rows 1, 3 and 9')])[0]?.message).toBe('rows 1, … and 9');
    expect(failureGroups([failed('rows 1, 2 and 9'), failed('rows 1 and 9')])[0]?.message).toBe('rows … and …');
  });

  it('have every failure once, in order', () => {
    const messages = fc.array(fc.constantFrom('a 1', 'a 2', 'b', 'c 7', 'c'), { maxLength: 30 });
    fc.assert(
      fc.property(messages, (given) => {
        const failures = given.map((message, at) => ({ ...failed(message), at }));
        const groups = failureGroups(failures);
        const all = groups.flatMap((group) => group.failures.map(({ at }) => at));
        expect(all.toSorted((a, b) => a - b)).toEqual(failures.map(({ at }) => at));
        for (const { failures: own } of groups)
          expect(own.map(({ at }) => at)).toEqual(own.map(({ at }) => at).toSorted((a, b) => a - b));
      }),
    );
  });

  it('are the same whether they are taken at once or a part at a time', () => {
    const messages = fc.array(fc.stringMatching(/^(row |page )?[0-9a-f]{0,9}( "[a-z]" )?$/), { maxLength: 30 });
    fc.assert(
      fc.property(messages, fc.nat(30), (given, cut) => {
        const failures = given.map((message) => failed(message));
        const grouping = groupingOf<(typeof failures)[number]>();
        for (const failure of failures.slice(0, cut)) grouping.add(failure);
        grouping.groups();
        for (const failure of failures.slice(cut)) grouping.add(failure);
        expect(grouping.groups()).toEqual(failureGroups(failures));
      }),
    );
  });

  it('are kept apart by their cause alone, and what they share is of that cause', () => {
    const messages = fc.array(fc.constantFrom('row 1 of 9', 'row 2 of 9', 'row 1', 'row "x"', 'gone'), { minLength: 1 });
    fc.assert(
      fc.property(messages, fc.constantFrom('a', 'b'), (given, code) => {
        for (const { key, message, failures } of failureGroups(given.map((text) => failed(text, code)))) {
          expect(new Set(failures.map(({ error }) => causeOf(error)))).toEqual(new Set([key]));
          expect(patternOf(message)).toBe(patternOf(failures[0]!.error.message));
        }
      }),
    );
  });
});
