import fc from 'fast-check';
import { expect, it } from 'vitest';
import { linkOf } from './link.ts';

/** As it would be without anything that is kept. */
function read(href: string, base: URL): string | undefined {
  const link = URL.parse(href, base);
  return link && /^https?:$/.test(link.protocol) ? link.href.replace(/#.*/s, '') : undefined;
}

const piece = fc.constantFrom(
  '/',
  '//',
  '\\',
  '\t',
  '\n',
  ' ',
  '..',
  '.',
  'a',
  'é',
  '#',
  '?',
  '@',
  ':',
  'evil.example',
  'http:',
  '%2f',
  '',
);
const href = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
const base = fc.constantFrom(
  ...[
    'http://a.example/',
    'http://a.example/x/y?z#q',
    'https://a.example/',
    'https://a.example:8443/x',
    'http://u:p@a.example/',
    'http://v@a.example/x',
  ],
);

it('leads where it would have led if no other page had been read before', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(href, base), { minLength: 1, maxLength: 30 }), (links) => {
      for (const [to, from] of links) expect(linkOf(to, new URL(from))).toBe(read(to, new URL(from)));
      for (const [to, from] of links) expect(linkOf(`/${to}`, new URL(from))).toBe(read(`/${to}`, new URL(from)));
    }),
    { numRuns: 1_000 },
  );
});

it('of more links than are kept, and of very long ones, too', () => {
  const from = new URL('http://a.example/x');
  for (let page = 0; page < 5_000; page += 1) expect(linkOf(`/${page}#x`, from)).toBe(`http://a.example/${page}`);
  expect(linkOf('/0', from)).toBe('http://a.example/0');
  const long = `/${'x'.repeat(5_000)}`;
  expect(linkOf(long, from)).toBe(`http://a.example${long}`);
});
