import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findVersion, isNewEnough, PINNED_VERSION } from './version.ts';

test('the version is found in what nats-server prints', () => {
  expect(findVersion('nats-server: v2.15.2\n')).toBe('2.15.2');
  expect(findVersion('nats-server: v2.9.10')).toBe('2.9.10');
  expect(findVersion('nats-server: v2.16.0-RC.1')).toBe('2.16.0-RC.1');
  expect(findVersion('command not understood')).toBeUndefined();
});

test('2.15 and everything after it is new enough, numbers compared as numbers', () => {
  expect(isNewEnough('2.9.10')).toBe(false);
  expect(isNewEnough('2.14.7')).toBe(false);
  expect(isNewEnough('2.15.0')).toBe(true);
  expect(isNewEnough('2.100.0')).toBe(true);
  expect(isNewEnough('3.0.0')).toBe(true);
  expect(isNewEnough('1.99.99')).toBe(false);
  expect(isNewEnough(PINNED_VERSION)).toBe(true);
});

test('the order of versions is the order of their numbers', () => {
  const part = fc.nat(300);
  fc.assert(
    fc.property(part, part, part, part, part, part, (a, b, c, x, y, z) => {
      const newer = a !== x ? a > x : b !== y ? b > y : c >= z;
      expect(isNewEnough(`${a}.${b}.${c}`, `${x}.${y}.${z}`)).toBe(newer);
    }),
  );
});
