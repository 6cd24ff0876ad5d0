import fc from 'fast-check';
import { expect, it } from 'vitest';
import { snippetOf } from './snippet.ts';

const text = `${'word '.repeat(30)}a lease is its span, and a Lease ends ${'more '.repeat(40)}`;
const shown = (terms: string[], most?: number) =>
  snippetOf(text, terms, most)
    .map((part) => (part.found ? `[${part.text}]` : part.text))
    .join('');

it('begins near the first found word, marks each, and shows that it was cut', () => {
  expect(shown(['lease'], 60)).toMatch(/^…(word )+a \[lease\] is its span, .*…$/);
  expect(shown(['lease'])).toContain('a [Lease] ends');
});

it('begins at the beginning where nothing is found', () => {
  expect(shown(['absent'], 9)).toBe('word word…');
  expect(shown([], 9)).toBe('word word…');
});

it('a word that a pattern would take for one of its own is a word', () => {
  expect(snippetOf('a (b|c) d', ['(b|c)'])).toEqual([
    { text: 'a ', found: false },
    { text: '(b|c)', found: true },
    { text: ' d', found: false },
  ]);
});

it('is a piece of the text, whatever it is and whatever is looked for', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string(), { maxLength: 4 }), fc.integer({ min: 1, max: 80 }), (whole, terms, most) => {
      const parts = snippetOf(whole, terms, most);
      const joined = parts.map(({ text: piece }) => piece).join('');
      expect(whole).toContain(joined.replaceAll('…', ''));
      expect(joined.length).toBeLessThanOrEqual(most + 2);
      expect(parts.every(({ text: piece }) => piece !== '')).toBe(true);
    }),
  );
});
