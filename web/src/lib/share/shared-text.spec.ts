import { expect, it } from 'vitest';
import { sharedResultOf } from './shared-text.ts';

const of = (result: unknown, more: object = {}) =>
  sharedResultOf({
    result,
    result_bytes: JSON.stringify(result).length,
    result_part: null,
    ...more,
  });

it.each([
  [50_005_000, 'headline', '50,005,000'],
  ['123456789012345678901234567890', 'headline', '123,456,789,012,345,678,901,234,567,890'],
  [null, 'headline', 'null'],
  ['forty-two', 'headline', 'forty-two'],
  ['two\nlines', 'text', 'two\nlines'],
  [{ a: 1 }, 'text', '{\n  "a": 1\n}'],
])('%j is shown as %s', (result, as, text) => {
  expect(of(result)).toEqual({ as, text, note: null });
});

it('rows are a table, of many the first, and a wide one is text', () => {
  expect(of([{ a: 1, b: 'x' }])).toEqual({ as: 'table', table: { columns: ['a', 'b'], rows: [[1, 'x']] }, note: null });
  const many = of(Array.from({ length: 1_200 }, (_, row) => ({ row })));
  expect(many).toMatchObject({ as: 'table', note: 'The first 50 of 1,200 rows.' });
  expect(of([Object.fromEntries(Array.from({ length: 13 }, (_, at) => [`c${at}`, at]))])).toMatchObject({ as: 'text' });
});

it('of what is larger the beginning is there, with how much there is', () => {
  const part = { result_part: '{"a":[1,2', result_bytes: 3_000_000 };
  expect(of(null, part)).toEqual({ as: 'text', text: '{"a":[1,2', note: 'The beginning of 3.0 MB.' });
  expect(of(null, { result_part: '{"é":1}\n', result_bytes: 9, output: 'lines' })).toMatchObject({ note: null });
  expect(of('x'.repeat(40_000))).toMatchObject({ note: 'The beginning of 40 KB.' });
});

it('what is kept no longer, or was never there, is stated', () => {
  expect(of(null, { result_bytes: 3_000_000 })).toMatchObject({ text: '', note: 'Its 3.0 MB are kept no longer.' });
  expect(of(null, { output: 'lines', result_bytes: 0 })).toMatchObject({ text: '', note: 'It left no lines.' });
  expect(of(null, { result_bytes: null })).toBeNull();
});
