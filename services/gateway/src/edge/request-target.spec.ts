import { expect, test } from 'vitest';
import { PATH_CHARS_MAX, readTarget, SEGMENT_BYTES_MAX } from './request-target.ts';

test.each([
  ['/', { target: '/', path: '/' }],
  ['//', { target: '//', path: '//' }],
  ['/v1/jobs?limit=%', { target: '/v1/jobs?limit=%', path: '/v1/jobs' }],
  ['/%76%31/jobs', { target: '/%76%31/jobs', path: '/v1/jobs' }],
  ['/v1%2fjobs', { target: '/v1%2fjobs', path: '/v1%2Fjobs' }],
  ['*', { target: '*', path: '*' }],
  ['http://Here:8000/v1?x', { target: '/v1?x', path: '/v1', authority: { name: 'here', port: 8000 } }],
  ['HTTPS://here?x', { target: '/?x', path: '/', authority: { name: 'here', port: undefined } }],
])('%s is read', (text, target) => {
  expect(readTarget(text)).toEqual(target);
});

test.each([
  ['', 400],
  ['v1', 400],
  ['/%', 400],
  ['/%0', 400],
  ['/%00', 400],
  ['/a%0ab', 400],
  ['/%7f', 400],
  ['/%ff', 400],
  ['/%C3', 400],
  ['http://', 400],
  ['http://u@h/', 400],
  ['http://[::1/', 400],
  ['ftp://h/', 400],
  [`/${'a'.repeat(PATH_CHARS_MAX)}`, 414],
  [`/${'a'.repeat(SEGMENT_BYTES_MAX + 1)}`, 414],
  [`/${'%C3%A9'.repeat(SEGMENT_BYTES_MAX / 2 + 1)}`, 414],
])('%s is refused', (text, status) => {
  expect(readTarget(text)).toMatchObject({ status, detail: expect.stringMatching(/.\.$/) });
});

test('what is just short enough is read', () => {
  expect(readTarget(`/${'a'.repeat(SEGMENT_BYTES_MAX)}`)).toHaveProperty('path');
  expect(readTarget(`/${`${'a'.repeat(9)}/`.repeat(PATH_CHARS_MAX / 10)}`.slice(0, PATH_CHARS_MAX))).toHaveProperty('path');
});
