import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hueCount, huesOf } from './job-hues.ts';

it('a job keeps its colour while it is among the first, and no two have one', () => {
  const lists = fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 15 }).map(String), { maxLength: 12 }), { maxLength: 8 });
  fc.assert(
    fc.property(lists, (all) => {
      let hues = new Map<string, number>();
      for (const jobs of all) {
        const next = huesOf(hues, jobs);
        expect([...next.keys()].sort()).toEqual(jobs.slice(0, hueCount).sort());
        expect(new Set(next.values()).size).toBe(next.size);
        for (const hue of next.values()) expect(hue).toBeLessThan(hueCount);
        for (const [job, hue] of next) if (hues.has(job)) expect(hue).toBe(hues.get(job));
        hues = next;
      }
    }),
  );
});
