import { expect, test } from 'vitest';
import { isHtml, isJson, isText, readText } from './text.ts';

const latin = Buffer.from('caf\xe9', 'latin1');

test('the charset is that of the mark, of the content type, of the page, or UTF-8', () => {
  expect(readText(latin, 'text/plain; charset=ISO-8859-1')).toBe('café');
  expect(readText(latin, 'text/html; charset="windows-1252"')).toBe('café');
  expect(readText(Buffer.concat([Buffer.from('<html><head><meta charset=latin1>'), latin]), 'text/html')).toMatch(/café$/);
  expect(readText(Buffer.from('<meta http-equiv="content-type" content="text/html; charset=utf-8">é'), 'text/html')).toMatch(
    /é$/,
  );
  expect(readText(Buffer.from('é'), 'text/html')).toBe('é');
  // A page whose `meta` can be read is not UTF-16.
  for (const label of ['utf-16', 'UTF-16LE', 'utf-16be'])
    expect(readText(Buffer.from(`<meta charset="${label}">é`), 'text/html')).toMatch(/é$/);
  expect(readText(Buffer.from('é'), 'text/plain; charset=no-such')).toBe('é');
  expect(readText(Buffer.from('\ufeffhi', 'utf16le'), 'text/plain; charset=utf-8')).toBe('hi');
  expect(readText(latin)).toBe('caf\ufffd');
});

test('what a content type is', () => {
  expect(['text/html', 'TEXT/HTML; charset=x', 'application/xhtml+xml'].every(isHtml)).toBe(true);
  expect(['text/htmlx', 'text/plain', ''].some(isHtml)).toBe(false);
  expect(['application/json', 'application/problem+json; a=b', 'application/vnd.api+json'].every(isJson)).toBe(true);
  expect(['application/x-ndjson', 'text/json-not', ''].some(isJson)).toBe(false);
  expect(['', 'text/csv', 'application/xml', 'application/problem+json'].every(isText)).toBe(true);
  expect(['image/png', 'application/octet-stream', 'application/zip'].some(isText)).toBe(false);
});
