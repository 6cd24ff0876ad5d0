import { describe, expect, it } from 'vitest';
import { presetsOf } from './presets.ts';

const kind = { kind: 'tiles', example: { size: 3 }, default_chunks: 12, params_schema: {} };

describe('presetsOf', () => {
  it('offers three sizes of the kinds that come with the system, growing', () => {
    for (const name of ['primes', 'sum', 'mandelbrot']) {
      const presets = presetsOf({ ...kind, kind: name });
      expect(presets.map((preset) => preset.name)).toEqual(['Small', 'Medium', 'Large']);
      expect(presets.map((preset) => preset.chunks)).toEqual([...presets.map((preset) => preset.chunks)].sort((a, b) => a - b));
    }
  });

  it("takes a kind's own three examples, with their chunks where they say", () => {
    const examples = [{ size: 1, $chunks: 2 }, { size: 2 }, { size: 3, $chunks: 99 }];
    expect(presetsOf({ ...kind, params_schema: { examples } })).toEqual([
      { name: 'Small', params: { size: 1 }, chunks: 2 },
      { name: 'Medium', params: { size: 2 }, chunks: 12 },
      { name: 'Large', params: { size: 3 }, chunks: 99 },
    ]);
  });

  it('offers the one example of a kind that says no more', () => {
    expect(presetsOf(kind)).toEqual([{ name: 'Example', params: { size: 3 }, chunks: 12 }]);
    expect(presetsOf({ ...kind, params_schema: { examples: ['no object', { size: 1 }] } })).toHaveLength(1);
  });
});
