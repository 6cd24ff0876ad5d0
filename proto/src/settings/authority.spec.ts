import { expect, test } from 'vitest';
import { authorityText, readAuthority } from './authority.ts';

test.each([
  ['localhost', 'localhost', undefined],
  ['LocalHost.:8000', 'localhost', 8000],
  ['127.0.0.1:08000', '127.0.0.1', 8000],
  ['127.0.0.1.', '127.0.0.1', undefined],
  ['0x7f.1', '127.0.0.1', undefined],
  ['[0:0:0:0:0:0:0:1]:80', '::1', 80],
  ['[::ffff:127.0.0.1]', '::ffff:7f00:1', undefined],
  ['a.example:', 'a.example', undefined],
  ['bücher.example', 'xn--bcher-kva.example', undefined],
])('%s names %s', (text, name, port) => {
  expect(readAuthority(text)).toEqual({ name, port });
});

test.each([
  '',
  ':80',
  '.',
  'a b',
  'a/b',
  'a?b',
  'a#b',
  'a@b',
  'a\\b',
  'a,b',
  'a:b',
  'a:80:80',
  'a:65536',
  'a:-1',
  '::1',
  '[::1',
  '::1]',
  '[::1]x',
  '[fe80::1%25eth0]',
  '999.1.1.1',
  '*',
  'a%2eb',
])('"%s" names no host', (text) => {
  expect(readAuthority(text)).toBeUndefined();
});

test('a default port may be left out', () => {
  expect([
    authorityText({ name: '::1', port: 443 }, 'https'),
    authorityText({ name: '::1', port: 443 }, 'http'),
    authorityText({ name: 'a', port: undefined }, 'http'),
  ]).toEqual(['[::1]', '[::1]:443', 'a']);
});
