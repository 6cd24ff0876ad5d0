import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fittingWidth, paneWidth, readWidth, widthByKey } from './pane-width.ts';

const { least, most, usual, step } = paneWidth;

test('no key and nothing that was kept makes the pane narrower or wider than it may be', () => {
  const keys = fc.constantFrom('ArrowLeft', 'ArrowRight', 'Home', 'End', 'Tab');
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.string()), fc.array(keys, { maxLength: 60 }), (kept, pressed) => {
      let width = readWidth(String(kept));
      for (const key of pressed) width = widthByKey(key, width) ?? width;
      expect(width).toBeGreaterThanOrEqual(least);
      expect(width).toBeLessThanOrEqual(most);
      expect(Number.isInteger(width)).toBe(true);
    }),
  );
});

test('its edge follows the arrow, and goes to the ends', () => {
  expect(widthByKey('ArrowLeft', usual)).toBe(usual + step);
  expect(widthByKey('ArrowRight', usual)).toBe(usual - step);
  expect([widthByKey('Home', usual), widthByKey('End', usual), widthByKey('a', usual)]).toEqual([least, most, null]);
});

test('what was kept is read, and what is no width is the usual one', () => {
  expect([readWidth('400'), readWidth(null), readWidth(''), readWidth('wide'), readWidth('9999')]).toEqual([
    400,
    usual,
    usual,
    usual,
    most,
  ]);
  expect(fittingWidth(300.4)).toBe(300);
});
