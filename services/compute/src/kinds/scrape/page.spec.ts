import { expect, test } from 'vitest';
import { readPage } from './page.ts';

const at = new URL('https://site.example/a/page');
const bounds = { linksMax: 100, textCharsMax: 1_000 };
const read = (html: string, own: Partial<typeof bounds> = {}) => readPage(html, at, { ...bounds, ...own });

test('title, links and text', () => {
  expect(
    read(`<!doctype html><html><head><title> Many &amp;
      hands </title><style>p { color: red }</style></head><body><h1>Light</h1><p>work <b>for</b> all<script>alert("<p>no</p>")</script></p>
      <ul><li>one<li>two</ul><a href="../b#part">b</a><a href="//other.example/">o</a><a href="mailto:a@b">m</a><a href="javascript:x()">j</a><a href="../b">again</a></body></html>`),
  ).toEqual({
    title: 'Many & hands',
    links: ['https://site.example/b', 'https://other.example/'],
    text: 'Light\nwork for all\none\ntwo\nbomjagain',
  });
});

test('character references are what they stand for, in text and in addresses', () => {
  expect(read('<title>A &lt; B</title>caf&eacute; &ampx &#x4e2d; <a href="/?a=1&amp;b=2&copy=3">&quot;1 < 2&quot;</a>')).toEqual({
    title: 'A < B',
    links: ['https://site.example/?a=1&b=2&copy=3'],
    text: 'café &x 中 "1 < 2"',
  });
});

test('a page may state what its links count from', () => {
  expect(read('<base href="https://cdn.example/x/"><a href="y">y</a>').links).toEqual(['https://cdn.example/x/y']);
  expect(read('<base target="_top"><base href="/one/"><base href="/two/"><a href="y">y</a>').links).toEqual([
    'https://site.example/one/y',
  ]);
  expect(read('<base href="data:text/html,x"><a href="/y">y</a>').links).toEqual(['https://site.example/y']);
  expect(read('<a href="/first" href="/second">y</a>').links).toEqual(['https://site.example/first']);
});

test('of a link what follows # is left out, and nothing else', () => {
  const hrefs = ['#', 'b#', 'b?c=%23d#e#f', '?#', 'b', ''];
  expect(read(hrefs.map((href) => `<a href="${href}">x</a>`).join('')).links).toEqual([
    'https://site.example/a/page',
    'https://site.example/a/b',
    'https://site.example/a/b?c=%23d',
    'https://site.example/a/page?',
  ]);
});

test('what is cut off ends with a whole character', () => {
  const emoji = '😀'.repeat(600);
  const { title, text } = read(`<title>x${emoji}</title><p>x${emoji}`);
  expect([title, text]).toEqual([`x${'😀'.repeat(249)}`, `x${'😀'.repeat(499)}`]);
});

test('whatever is sent has a reading', () => {
  expect(read('')).toEqual({ title: null, links: [], text: '' });
  expect(read('<title>').title).toBe('');
  expect(read('plain <<<>>> &#x110000; text').text).toContain('plain');
  expect(read('<a href="http://[bad">x</a><a href>y</a>').links).toEqual(['https://site.example/a/page']);
  expect(read('<title>first</title><svg><title>second</title></svg>').title).toBe('first');
});

test('it is bounded: text, links and title', () => {
  const large = read(
    `<title>${'t'.repeat(600)}</title>${'<a href="/n">word</a> '.repeat(1_000)}${Array.from({ length: 11 }, (_, n) => `<a href="/${n}">`).join('')}`,
    {
      linksMax: 10,
      textCharsMax: 50,
    },
  );
  expect([large.title!.length, large.links.length, large.text.length]).toEqual([500, 10, 50]);
});

test('a page that is nested without end takes no longer than a flat one: the parser of elements took four minutes', () => {
  const quickest = (html: string): number => {
    const timesMs = Array.from({ length: 5 }, () => {
      const startedAt = performance.now();
      read(html);
      return performance.now() - startedAt;
    });
    return Math.min(...timesMs);
  };
  const [depth, nested] = [10_000, (count: number) => `${'<div>'.repeat(count)}x${'</p>'.repeat(count)}`];
  expect(quickest(nested(depth)) / quickest('<div>x</div>'.repeat(depth))).toBeLessThan(5);
});
