import { describe, expect, test } from 'vitest';
import { readAuthority } from './authority.ts';
import { isOwnOrigin, readOrigin, readOrigins } from './origin.ts';

describe('whether a page is ours', () => {
  const friends = readOrigins('https://friend.example, https://[::1], http://10.0.0.5:8080/');

  test.each([
    ['http://here:8000', 'here:8000', true],
    ['http://HERE:8000', 'here:8000', true],
    ['http://here', 'here:80', true],
    ['http://here:80', 'here', true],
    ['http://here.', 'here', true],
    ['http://here', 'here.:80', true],
    ['http://[::1]:8000', '[0:0::1]:8000', true],
    ['https://here:8000', 'here:8000', false],
    ['https://here', 'here:443', false],
    ['http://here:8001', 'here:8000', false],
    ['http://here', 'here:8000', false],
    ['http://elsewhere:8000', 'here:8000', false],
    ['http://here.elsewhere', 'here', false],
    ['http://here/', 'here', false],
    ['http://here@evil', 'here', false],
    ['null', 'here', false],
    ['', 'here', false],
    ['file://', 'here', false],
    ['chrome-extension://here', 'here', false],
    ['http://here', undefined, false],
    ['http://here http://here', 'here', false],
    ['https://friend.example', 'here', true],
    ['https://friend.example:443', 'friend.example:443', true],
    ['https://FRIEND.example.', 'friend.example.', true],
    ['https://[::1]', '[::1]:443', true],
    ['http://10.0.0.5:8080', 'here', true],
    ['http://10.0.0.5', 'here', false],
    ['http://friend.example', 'here', false],
    ['https://friend.example:444', 'here', false],
    ['https://friend.example.evil', 'here', false],
  ])('%s at host %s: %s', (origin, host, isOurs) => {
    expect(isOwnOrigin(origin, host === undefined ? undefined : readAuthority(host), friends)).toBe(isOurs);
  });
});

describe('the list of allowed origins', () => {
  test('is read as browsers spell them', () => {
    expect(readOrigins(' https://Status.Example:443/ ,, http://bücher.example').map(({ text }) => text)).toEqual([
      'https://status.example',
      'http://xn--bcher-kva.example',
    ]);
    expect(readOrigins('')).toEqual([]);
  });

  test.each([
    ['status.example', /begin it with its scheme, like "https:\/\/status\.example"/],
    ['status.example:8443', /begin it with its scheme/],
    ['*', /patterns are not supported/],
    ['https://*.example', /patterns are not supported/],
    ['https://status.example/dashboard', /leave out everything after host and port/],
    ['https://status.example//', /leave out everything/],
    ['https://status.example?x', /leave out everything/],
    ['wss://status.example', /like "https:\/\/status\.example"/],
    ['null', /write it like/],
    ['file:///tmp', /write it like/],
    ['https://a b', /write it like/],
    ['https://a:99999', /write it like/],
    ['https://user@a.example', /write it like/],
    ['https://', /write it like/],
  ])('refuses %s, which no page can have', (entry, advice) => {
    expect(() => readOrigins(`https://ok.example,${entry}`)).toThrow(advice);
  });
});

test('an origin keeps its scheme, host and port', () => {
  expect(readOrigin('HTTPS://A.example:8443')).toEqual({
    scheme: 'https',
    authority: { name: 'a.example', port: 8443 },
    text: 'https://a.example:8443',
  });
});
