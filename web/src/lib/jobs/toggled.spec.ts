import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toggled, type Selected } from './toggled.ts';

const loaded = ['e', 'd', 'c', 'b', 'a'];
const none: Selected = { ids: new Set(), all: false };
const idsOf = ({ ids }: Selected) => loaded.filter((id) => ids.has(id)).join('');

it('a job is selected and taken out, with those between it and the one before', () => {
  const one = toggled(none, 'd', loaded, null);
  const some = toggled(one, 'b', loaded, 'd');
  expect([idsOf(one), idsOf(some), idsOf(toggled(some, 'c', loaded, null))]).toEqual(['d', 'dcb', 'db']);
});

it('of all that fit those stay that can be seen, but the one that is taken out', () => {
  const some = toggled({ ids: new Set(), all: true }, 'c', loaded, null);
  expect([some.all, idsOf(some)]).toEqual([false, 'edba']);
});

it('a job that is toggled is as it was not, whatever was selected before', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom(...loaded, 'gone'), fc.option(fc.constantFrom(...loaded, 'gone'))), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(steps, (all) => {
      let selected = none;
      for (const [id, from] of all) {
        const before = selected.ids.has(id);
        selected = toggled(selected, id, loaded, from);
        expect(selected.ids.has(id)).toBe(!before);
      }
    }),
  );
});
