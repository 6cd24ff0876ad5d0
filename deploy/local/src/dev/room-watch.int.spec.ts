import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@manyhands/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { watchRooms } from './room-watch.ts';

let folder: string;
let stop: (() => void) | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'room watch-'));
  room('proto', '@m/proto', []);
  room('libs/actor', '@m/actor', ['@m/proto']);
  room('services/gateway', '@m/gateway', ['@m/proto']);
  room('services/coordinator', '@m/coordinator', ['@m/actor']);
});
afterEach(() => {
  stop?.();
  rmSync(folder, { recursive: true, force: true });
});

function room(path: string, name: string, needs: string[]): void {
  mkdirSync(join(folder, path, 'src/deep'), { recursive: true });
  const dependencies = Object.fromEntries(needs.map((need) => [need, '1']));
  writeFileSync(join(folder, path, 'package.json'), JSON.stringify({ name, dependencies }));
}
const save = (file: string): void => writeFileSync(join(folder, file), `${performance.now()}`);

function watching(build: (names: readonly string[]) => Promise<void> = async () => undefined) {
  const seen = { built: [] as (readonly string[])[], startedAnew: [] as (readonly string[])[], said: [] as string[] };
  stop = watchRooms({
    projectFolder: folder,
    say: (line) => seen.said.push(line),
    async build(names) {
      seen.built.push(names);
      await build(names);
    },
    startAnew: (services) => seen.startedAnew.push(services),
    settleMs: 20,
  });
  return seen;
}

test('what is saved is built, and only the services it is part of are started anew', async () => {
  const seen = watching();
  save('services/gateway/src/deep/a.ts');
  await eventually(() => expect(seen.startedAnew).toEqual([['gateway']]));
  save('services/gateway/src/a.spec.ts');
  save('libs/actor/src/turn.ts');
  await eventually(() => expect(seen.startedAnew).toEqual([['gateway'], ['coordinator']]));
  expect(seen.built).toEqual([['@m/gateway'], ['@m/actor']]);
  expect(seen.said[1]).toMatch(/^libs\/actor built in [\d.]+ s; started again: coordinator$/);
});

test('what cannot be built is shown, and the services run on until it can', async () => {
  let works = false;
  const seen = watching(async () => {
    if (!works) throw new Error('a.ts:3 Expression expected');
  });
  save('proto/src/a.ts');
  await eventually(() => expect(seen.said).toEqual(['a.ts:3 Expression expected What runs is still as it was before.']));
  expect(seen.startedAnew).toEqual([]);
  works = true;
  save('proto/src/a.ts');
  await eventually(() => expect(seen.startedAnew).toEqual([['coordinator', 'gateway']]));
});

test('what is saved while something is built is built after it', async () => {
  const first = Promise.withResolvers<void>();
  let under = 0;
  const seen = watching(async (names) => {
    expect((under += 1)).toBe(1);
    if (names.includes('@m/gateway')) await first.promise;
    under -= 1;
  });
  save('services/gateway/src/a.ts');
  await eventually(() => expect(seen.built).toHaveLength(1));
  const changes = watch(join(folder, 'services/coordinator/src'));
  save('services/coordinator/src/a.ts');
  await once(changes, 'change');
  changes.close();
  first.resolve();
  await eventually(() => expect(seen.startedAnew).toEqual([['gateway'], ['coordinator']]));
  expect(seen.built).toEqual([['@m/gateway'], ['@m/coordinator']]);
});
