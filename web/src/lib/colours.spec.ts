/** What eyes make of the colours of `app.css`: whether text can be read, and colours be told apart. */
import { readFileSync } from 'node:fs';
import {
  converter,
  differenceEuclidean,
  displayable,
  filterDeficiencyDeuter,
  filterDeficiencyProt,
  filterDeficiencyTrit,
  parse,
  wcagContrast,
  type Color,
} from 'culori';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('../app.css', import.meta.url), 'utf8');

const linear = converter('lrgb');

/** The filter of an eye, in linear light: its matrices (Machado and others, 2009) are stated for that. */
const inLight =
  (filter: (colour: Color) => Color) =>
  (colour: Color): Color =>
    ({ ...filter({ ...linear(colour), mode: 'rgb' }), mode: 'lrgb' }) as Color;

/** How each kind of eye sees a colour; all but the first lack a cone. */
const eyes: Readonly<Record<string, (colour: Color) => Color>> = {
  usual: (colour) => colour,
  protan: inLight(filterDeficiencyProt(1)),
  deutan: inLight(filterDeficiencyDeuter(1)),
  tritan: inLight(filterDeficiencyTrit(1)),
};

/** In OKLab; 0.02 is what is just noticed side by side. */
const distance = differenceEuclidean('oklab');
const distanceOf = (one: Color, other: Color, eye: (colour: Color) => Color): number => distance(eye(one), eye(other));

/** The colours of a mode by their names, as the style sheet states them. */
function coloursOf(selector: string): Map<string, Color> {
  const [, block] = new RegExp(`\\n *${selector.replace('.', '\\.')} \\{\\n([^}]*)\\}`).exec(css) ?? [];
  const stated = [...(block ?? '').matchAll(/--([\w-]+): (oklch\([\d. ]+\));/g)];
  return new Map(stated.map(([, name, colour]) => [name!, parse(colour!)!]));
}

const hues = Array.from({ length: 8 }, (_, index) => `hue-${index + 1}`);
const grounds = ['page', 'surface', 'raised'];

describe.each([
  ['light', ':root'],
  ['dark', '.dark'],
])('the colours of %s', (_, selector) => {
  const colours = coloursOf(selector);
  const colour = (name: string): Color => colours.get(name)!;
  const pairs = (names: readonly string[]) =>
    names.flatMap((one, at) => names.slice(0, at).map((other) => [one, other] as const));

  it.each([...hues, 'accent', 'accent-strong', 'accent-soft'])('%s can be shown as it is', (name) => {
    expect(displayable(colour(name))).toBe(true);
  });

  it.each(['ink', 'muted'])('%s is read without effort on every ground (AAA)', (name) => {
    for (const ground of grounds) expect(wcagContrast(colour(name), colour(ground)), ground).toBeGreaterThanOrEqual(7);
  });

  it.each(['accent', 'done-ink', 'leased-ink', 'failed-ink'])('%s is read on every ground (AA)', (name) => {
    for (const ground of grounds) expect(wcagContrast(colour(name), colour(ground)), ground).toBeGreaterThanOrEqual(4.5);
  });

  it('what stands on a primary button is read', () => {
    for (const ground of ['accent', 'accent-strong'])
      expect(wcagContrast(colour('on-accent'), colour(ground))).toBeGreaterThanOrEqual(4.5);
  });

  it.each([...hues, 'control', 'done', 'failed'])('%s is seen on a card', (name) => {
    expect(wcagContrast(colour(name), colour('surface'))).toBeGreaterThanOrEqual(3);
  });

  it('what acts is no shade of what is done', () => {
    for (const eye of Object.values(eyes)) expect(distanceOf(colour('accent'), colour('done'), eye)).toBeGreaterThan(0.1);
  });

  it.each(Object.entries(eyes))('the eight that name things differ for eyes of kind %s', (_, eye) => {
    for (const [one, other] of pairs(hues))
      expect(distanceOf(colour(one), colour(other), eye), `${one} and ${other}`).toBeGreaterThan(0.1);
  });

  it('none of the eight is taken for a failure', () => {
    for (const name of hues) expect(distanceOf(colour(name), colour('failed'), eyes['usual']!), name).toBeGreaterThan(0.1);
  });
});
