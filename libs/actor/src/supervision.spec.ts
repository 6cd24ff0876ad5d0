import { describe, expect, it } from 'vitest';
import { superviseFailure } from './supervision.ts';

const limits = { retriesMax: 3, setAsideMax: 2 };

describe('supervision of a failed turn', () => {
  it.each([
    [{ failures: 1, setAside: 0 }, 'retry'],
    [{ failures: 3, setAside: 0 }, 'retry'],
    [{ failures: 4, setAside: 0 }, 'set aside'],
    [{ failures: 1, setAside: 1 }, 'retry'],
    [{ failures: 4, setAside: 1 }, 'stop'],
    [{ failures: 4, setAside: 9 }, 'stop'],
  ])('after %j says %s', (history, directive) => {
    expect(superviseFailure(history, limits)).toBe(directive);
  });
});
