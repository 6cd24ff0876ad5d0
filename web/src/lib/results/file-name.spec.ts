import { expect, it } from 'vitest';
import { fileNameOf } from './file-name.ts';

it.each([
  ['attachment; filename="resize-1a2b.ndjson"', 'resize-1a2b.ndjson'],
  ['attachment', null],
  ['attachment; filename=""', null],
  [null, null],
])('%s names the file %s', (disposition, name) => {
  expect(fileNameOf(disposition)).toBe(name);
});
