import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stretchId, type HeldPartial } from '../job/held.ts';
import { SNAPSHOT_BYTES_MAX } from './job-state-codec.ts';
import { runsJson, runsOf } from './run-codec.ts';

const run = fc.record({
  lease: fc.constantFrom('0-9-0', '9-40-16', '40-41-1-copy', 'm-3-00ff-2'),
  index: fc.option(fc.nat(5_000), { nil: undefined }),
  gap: fc.nat(3),
  length: fc.integer({ min: 1, max: 5_000 }),
  bytes: fc.nat(9_000_000),
  stored: fc.option(fc.record({ name: fc.constantFrom('o-0-9-0-a', 'o-0-9-0-b'), from: fc.nat() }), { nil: undefined }),
  mergeAttempt: fc.nat(40),
  dueMs: fc.option(fc.nat(), { nil: undefined }),
});

it('very many runs come back as they were, without their texts', () => {
  fc.assert(
    fc.property(fc.array(run, { maxLength: 50 }), (given) => {
      let end = 0;
      const runs = given.map(({ lease, index, gap, length, bytes, stored, mergeAttempt, dueMs }): HeldPartial => {
        const begin = end + gap;
        end = begin + length;
        return {
          id: index === undefined ? lease : stretchId(lease, index),
          span: [begin, end],
          ...(stored && { stored: { ...stored, bytes } }),
          bytes,
          mergeAttempt,
          ...(dueMs !== undefined && dueMs > 0 && { notBeforeMs: dueMs }),
        };
      });
      expect(runsOf(runsJson(runs))).toEqual(runs);
    }),
  );
});

it('100,000 runs of a job of which a random tenth is dead fit into a snapshot', () => {
  let seed = 1;
  const chance = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  const runs: HeldPartial[] = [];
  for (let lease = 0, begin = 0; runs.length < 100_000; lease += 1) {
    let from = 0;
    for (let index = 0; index < 100; index += 1) {
      const length = 1 + Math.floor(-Math.log(chance()) * 9);
      const bytes = length * 900 + Math.floor(chance() * 200);
      const name = `o-${lease * 1_000}-${lease * 1_000 + 1_000}-0-${seed.toString(36).padStart(16, 'x')}`;
      const stored = { name: index === 0 ? name : runs.at(-1)!.stored!.name, from, bytes };
      runs.push({
        id: stretchId(`${lease * 1_000}-${lease * 1_000 + 1_000}-0`, index),
        span: [begin, begin + length],
        stored,
        bytes,
        mergeAttempt: 0,
      });
      begin += length + 1;
      from += bytes;
    }
  }
  const json = runsJson(runs);
  expect(json.length).toBeLessThan(SNAPSHOT_BYTES_MAX * 0.75);
  // Compared as texts: 100,000 objects one by one take seconds.
  expect(JSON.stringify(runsOf(json)) === JSON.stringify(runs)).toBe(true);
}, 30_000);
