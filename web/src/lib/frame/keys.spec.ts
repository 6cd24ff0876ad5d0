import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerTo, frameKeys, goWithinMs, type KeyPress } from './keys.ts';
import { placesOf } from './places.ts';

const idle = { singles: true, goUntilMs: 0 };
const press = (key: string, change: Partial<KeyPress> = {}): KeyPress => ({
  key,
  mod: false,
  alt: false,
  typing: false,
  covered: false,
  ...change,
});

describe('answerTo', () => {
  it.each([
    ['?', { do: 'sheet' }],
    ['/', { do: 'search' }],
    ['c', { do: 'go', key: 'n' }],
    ['j', { do: 'next' }],
    ['k', { do: 'previous' }],
    ['p', { do: 'press', key: 'p' }],
    ['Enter', null],
  ])('%s', (key, command) => {
    expect(answerTo(press(key), idle, 0).command).toEqual(command);
  });

  it('goes to a page with g and its key, while that is awaited', () => {
    const { command, goUntilMs } = answerTo(press('g'), idle, 1_000);
    expect([command, goUntilMs]).toEqual([null, 1_000 + goWithinMs]);
    expect(answerTo(press('h'), { singles: true, goUntilMs }, 1_000 + goWithinMs - 1).command).toEqual({ do: 'go', key: 'h' });
    expect(answerTo(press('h'), { singles: true, goUntilMs }, 1_000 + goWithinMs).command).toEqual({ do: 'press', key: 'h' });
  });

  it('finds with the modifier and k, in a field too, but not over a dialog', () => {
    expect(answerTo(press('k', { mod: true, typing: true }), idle, 0).command).toEqual({ do: 'find' });
    expect(answerTo(press('K', { mod: true }), { singles: false, goUntilMs: 0 }, 0).command).toEqual({ do: 'find' });
    expect(answerTo(press('k', { mod: true, covered: true }), idle, 0).command).toBeNull();
  });

  it('takes no single key from who types, has a dialog open, holds a modifier, or has switched them off', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 1 }),
        fc.constantFrom({ typing: true }, { covered: true }, { alt: true }, 'off' as const),
        (key, reason) => {
          const answer =
            reason === 'off'
              ? answerTo(press(key), { singles: false, goUntilMs: 9 }, 0)
              : answerTo(press(key, reason), { singles: true, goUntilMs: 9 }, 0);
          expect(answer).toEqual({ command: null, goUntilMs: 0 });
        },
      ),
    );
  });
});

it('no page is reached by a key that the frame has for something else', () => {
  const keys = frameKeys('⌘K').flatMap((each) => each.keys);
  expect(new Set(keys).size).toBe(keys.length);
  expect(placesOf('open', true).map(({ key }) => key)).toContain('n');
});
