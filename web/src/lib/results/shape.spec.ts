import { describe, expect, it } from 'vitest';
import { columnsMost, csvOf, shapeOf, sortedRows, tableOf } from './shape.ts';

describe('the viewer of a value', () => {
  it.each<[unknown, string]>([
    [50847534, 'number'],
    [0.5, 'number'],
    [true, 'number'],
    [null, 'number'],
    ['500000000000000000500000000000', 'number'],
    ['-12', 'number'],
    ['twelve', 'text'],
    ['', 'text'],
    ['two\nlines', 'text'],
    [[{ a: 1 }, { b: 2 }], 'table'],
    [[1, 'two', null], 'table'],
    [[], 'tree'],
    [[{}], 'tree'],
    [[{ a: 1 }, 2], 'tree'],
    [
      [
        [1, 2],
        [3, 4],
      ],
      'tree',
    ],
    [{ pages: 14, bytes: 5_242_880, host: 'a.example', last: null }, 'fields'],
    [Object.fromEntries(Array.from({ length: columnsMost + 1 }, (_, index) => [`f${index}`, index])), 'tree'],
    [{ a: { b: 1 } }, 'tree'],
    [{ a: [1] }, 'tree'],
    [{}, 'tree'],
  ])('%j: %s', (value, as) => {
    expect(shapeOf(value).as).toBe(as);
  });

  it('groups the digits of a number, and leaves text as it is', () => {
    expect(shapeOf(50847534)).toEqual({ as: 'number', text: '50,847,534' });
    expect(shapeOf('a\n b')).toEqual({ as: 'text', text: 'a\n b' });
  });
});

describe('a table', () => {
  it('has every name once, in order of first sight, and no name of the prototype', () => {
    expect(
      tableOf([
        { url: 'a', bytes: 1 },
        { url: 'b', error: 'no' },
      ]),
    ).toEqual({
      columns: ['url', 'bytes', 'error'],
      rows: [
        ['a', 1, undefined],
        ['b', undefined, 'no'],
      ],
    });
    expect(tableOf([{ a: 1 }, JSON.parse('{"toString":2}')])?.rows).toEqual([
      [1, undefined],
      [undefined, 2],
    ]);
  });

  it('is none when it would be too wide', () => {
    const wide = (count: number) => [Object.fromEntries(Array.from({ length: count }, (_, index) => [`c${index}`, index]))];
    expect(tableOf(wide(columnsMost))?.columns).toHaveLength(columnsMost);
    expect(tableOf(wide(columnsMost + 1))).toBeNull();
  });

  it('is sorted by size or as text, either way, with what is not there at the end', () => {
    const table = tableOf([{ n: 10 }, { n: null }, { n: 9 }, {}, { n: 'x' }])!;
    expect(sortedRows(table, 0, false).map(([n]) => n)).toEqual([9, 10, 'x', null, undefined]);
    expect(sortedRows(table, 0, true).map(([n]) => n)).toEqual(['x', 10, 9, null, undefined]);
  });
});

describe('CSV', () => {
  it('quotes what would be taken apart', () => {
    const table = tableOf([
      { name: 'a,b', note: 'say "no"', deep: { x: [1] } },
      { name: 'two\nlines', note: null, deep: undefined },
    ])!;
    expect(csvOf(table)).toBe('name,note,deep\r\n"a,b","say ""no""","{""x"":[1]}"\r\n"two\nlines",,\r\n');
  });
});
