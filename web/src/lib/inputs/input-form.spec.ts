import { describe, expect, it } from 'vitest';
import { formOfName, formOfText, formsOf, itemCount } from './input-form.ts';

const items = { form: 'items' } as const;
const texts = { form: 'items', schema: { type: 'string' } } as const;

describe('the form of a file', () => {
  it.each([
    ['pictures.ndjson', 'ndjson'],
    ['a.b.JSONL', 'ndjson'],
    ['list.json', 'json'],
    ['days.CSV', 'csv'],
    ['urls.txt', 'lines'],
    ['noending', 'ndjson'],
    ['picture.png', 'ndjson'],
  ])('%s: %s', (name, form) => {
    expect(formOfName(name, items)).toBe(form);
  });

  it('is that of the kind, when it takes only one', () => {
    expect(formOfName('days.txt', { form: 'csv' })).toBe('csv');
    expect(formsOf({ form: 'bytes' })).toEqual(['bytes']);
    expect(['days.csv', 'days.txt', 'days.jsonl'].map((name) => formOfName(name, { form: 'table' }))).toEqual([
      'table',
      'table',
      'ndjson',
    ]);
    expect(formsOf(items)).toEqual(['ndjson', 'json', 'csv', 'lines']);
  });
});

describe('the form of what was pasted', () => {
  it.each([
    ['{"url":"a"}\n{"url":"b"}\n', 'ndjson'],
    ['1\n2\n\n3', 'ndjson'],
    ['[1, 2]', 'json'],
    ['[1, 2', 'lines'],
    ['https://a.example\nhttps://b.example', 'lines'],
    ['{"url":"a"}\r\n{"url":"b"}\r\n', 'ndjson'],
    ['{"url":"a"}\nnot json', 'lines'],
  ])('%j: %s', (text, form) => {
    expect(formOfText(text, items)).toBe(form);
  });

  it('is text, one item a line, where the items are texts', () => {
    expect(formOfText('1\n2', texts)).toBe('lines');
    expect(formOfText('["a", "b"]', texts)).toBe('json');
  });

  it('of a long one is judged by its beginning, without its cut last line', () => {
    expect(formOfText('{"n":1}\n'.repeat(50_000), items)).toBe('ndjson');
    expect(formOfText(`[${'1,'.repeat(100_000)}1]`, items)).toBe('json');
    expect(formOfText('word '.repeat(50_000), items)).toBe('lines');
  });
});

it('items of a line each are counted without empty lines', () => {
  expect(itemCount('a\n\nb\n', 'lines')).toBe(2);
  expect(itemCount('', 'ndjson')).toBe(0);
  expect(itemCount('[1]', 'json')).toBeNull();
});
