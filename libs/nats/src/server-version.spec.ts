import { describe, expect, it } from 'vitest';
import { isNewEnough } from './server-version.ts';

describe('isNewEnough', () => {
  it.each([
    ['2.15.0', true],
    ['2.15.2', true],
    ['2.16.0', true],
    ['3.0.0', true],
    ['v2.15.1', true],
    ['2.15.0-RC.1', true],
    ['2.14.9', false],
    ['2.9.10', false],
    ['1.99.99', false],
    ['unknown', false],
  ])('takes %s as new enough: %s', (version, expected) => {
    expect(isNewEnough(version)).toBe(expected);
  });
});
