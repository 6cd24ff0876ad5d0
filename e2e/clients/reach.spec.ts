import { expect, test } from 'vitest';
import { reachOf, type Change } from './reach.ts';

const changes: Change[] = [10, 20, 30].map((revision) => ({ key: 'a', revision, storedAtMs: revision * 100 }));

/** Rows of client, revision, milliseconds. */
function came(...rows: [client: number, revision: number, atMs: number][]) {
  return {
    keys: ['other', 'a'],
    came: Float64Array.from(rows.flatMap(([client, revision, atMs]) => [client, 1, revision, atMs])),
  };
}

test('counts from when a revision was stored until a client had it', () => {
  expect(reachOf(changes, came([0, 10, 1_001], [0, 20, 2_003], [0, 30, 3_009]), () => 1)).toMatchObject({
    changes: 3,
    samples: 3,
    missed: 0,
    p50Ms: 3,
    p99Ms: 9,
    maxMs: 9,
  });
});

test('a newer revision stands for the older ones a client skipped', () => {
  expect(reachOf(changes, came([0, 30, 3_005]), () => 1)).toMatchObject({ samples: 3, missed: 0, p50Ms: 1_005, maxMs: 2_005 });
});

test('what a client, or a whole client, never got is missed', () => {
  expect(reachOf(changes, came([0, 20, 2_000]), () => 2)).toMatchObject({ samples: 2, missed: 4 });
});

test('says when 99 % of the clients had a change', () => {
  const rows = Array.from(
    { length: 100 },
    (_, client) => [client, 10, client === 99 ? 9_000 : 1_000 + client] as [number, number, number],
  );
  expect(reachOf(changes.slice(0, 1), came(...rows), () => 100)).toMatchObject({
    reach99MedianMs: 98,
    reach99MaxMs: 98,
    maxMs: 8_000,
  });
});
