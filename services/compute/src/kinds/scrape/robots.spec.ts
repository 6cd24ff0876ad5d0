import { describe, expect, it, test } from 'vitest';
import { ALLOWS_ALL, ALLOWS_NOTHING, mayFetch, readRobots } from './robots.ts';

const may = (text: string, path: string): boolean =>
  mayFetch(readRobots(text, 'Manyhands'), new URL(path, 'https://site.example'));

/** From RFC 9309, and from what its authors test their own parser with. */
test.each([
  ['', '/x', true],
  ['user-agent: *\ndisallow: /', '/x', false],
  ['user-agent: *\ndisallow:', '/x', true],
  ['user-agent: other\ndisallow: /', '/x', true],
  ['user-agent: *\ndisallow: /\nuser-agent: manyhands\nallow: /', '/x', true],
  ['user-agent: MANYHANDS/2.0\ndisallow: /private', '/private/a', false],
  ['user-agent: other\nuser-agent: manyhands\ndisallow: /x', '/x', false],
  ['user-agent: manyhands\ndisallow: /x\n\nuser-agent: manyhands\ndisallow: /y', '/y', false],
  ['user-agent: *\nallow: /p\ndisallow: /', '/page', true],
  ['user-agent: *\nallow: /folder\ndisallow: /folder', '/folder/page', true],
  ['user-agent: *\nallow: /page\ndisallow: /*.htm', '/page.htm', false],
  ['user-agent: *\nallow: /$\ndisallow: /', '/', true],
  ['user-agent: *\nallow: /$\ndisallow: /', '/page.htm', false],
  ['user-agent: *\ndisallow: /*.php$', '/a.php', false],
  ['user-agent: *\ndisallow: /*.php$', '/a.php?b', true],
  ['user-agent: *\ndisallow: /fish*.php', '/fishheads/catfish.php?id=1', false],
  ['user-agent: *\ndisallow: /a*b*b$', '/ab', true],
  ['user-agent: *\ndisallow: /a%3Cd', '/a%3cd', false],
  ['user-agent: *\ndisallow: /~joe', '/%7Ejoe/', false],
  ['user-agent: *\ndisallow: /ツ', '/%E3%83%84', false],
  ['user-agent: *\ndisallow: /😀', '/%F0%9F%98%80', false],
  ['user-agent: *\ndisallow: /\ud800', '/%EF%BF%BD', false],
  ['disallow: /', '/x', true],
  ['user-agent: * # all\r\ndisallow: / # everything', '/x', false],
  ['sitemap: https://a\nuser-agent: *\nunknown: x\ndisallow: /x', '/x', false],
  ['user-agent: *\ndisallow: /', '/robots.txt', true],
])('%j: %s %s', (text, path, allowed) => expect(may(text, path)).toBe(allowed));

describe('beside the rules', () => {
  it('a site may ask for a delay, a minute at most', () => {
    expect(readRobots('user-agent: *\ncrawl-delay: 2.5', 'manyhands').crawlDelaySec).toBe(2.5);
    expect(readRobots('user-agent: *\ncrawl-delay: 9999', 'manyhands').crawlDelaySec).toBe(60);
    for (const none of ['crawl-delay: x', 'crawl-delay: -1', 'crawl-delay:'])
      expect(readRobots(`user-agent: *\n${none}`, 'manyhands')).toEqual(ALLOWS_ALL);
  });

  it('no pattern takes long', () => {
    const startedAt = performance.now();
    expect(may(`user-agent: *\ndisallow: /${'*a'.repeat(1_000)}$`, `/${'a'.repeat(8_000)}b`)).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('no line takes long, whatever a site sends', () => {
    const startedAt = performance.now();
    readRobots(`disallow:${'\t'.repeat(100_000)}#\u2028\n${' '.repeat(100_000)}-:\n`, 'manyhands');
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('all and nothing', () => {
    expect([mayFetch(ALLOWS_ALL, new URL('https://a/x')), mayFetch(ALLOWS_NOTHING, new URL('https://a/x'))]).toEqual([
      true,
      false,
    ]);
  });
});
