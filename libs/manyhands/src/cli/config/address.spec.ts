import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { findSystem } from './address.ts';

const folder = mkdtempSync(join(tmpdir(), 'manyhands-address-'));
const inside = join(folder, 'my-jobs/kinds');
mkdirSync(join(folder, 'my-jobs/.manyhands'), { recursive: true });
mkdirSync(inside);
writeFileSync(join(folder, 'my-jobs/.manyhands/running.json'), '{"pid":1,"url":"http://127.0.0.1:8123"}');
afterAll(() => rmSync(folder, { recursive: true }));

const config = { profiles: { farm: { url: 'https://farm.example/', token: 'abc' } } };

it('what is nearer to the user goes before: option, profile, setting, usual profile, folder, usual address', () => {
  const env = { MANYHANDS_URL: 'http://there:1/' };
  expect(findSystem({ url: 'http://here:1' }, env, inside, config)).toEqual({ url: 'http://here:1', by: 'option' });
  expect(findSystem({ profile: 'farm' }, env, inside, config)).toEqual({
    url: 'https://farm.example',
    token: 'abc',
    by: 'profile',
  });
  expect(findSystem({}, env, inside, { ...config, current: 'farm' })).toEqual({ url: 'http://there:1', by: 'setting' });
  expect(findSystem({}, {}, inside, { ...config, current: 'farm' })).toMatchObject({ by: 'profile' });
  expect(findSystem({}, {}, inside, config)).toEqual({
    url: 'http://127.0.0.1:8123',
    home: join(folder, 'my-jobs/.manyhands'),
    by: 'folder',
  });
  expect(findSystem({}, {}, folder, config)).toEqual({ url: 'http://127.0.0.1:8000', by: 'usual' });
});

it('the token of the environment goes before that of the profile', () => {
  expect(findSystem({ profile: 'farm' }, { MANYHANDS_TOKEN: 'xyz' }, folder, config)).toMatchObject({ token: 'xyz' });
});

it('what cannot be an address is a sentence', () => {
  expect(() => findSystem({ url: 'localhost:8000' }, {}, folder, config)).toThrow('must be one like http://127.0.0.1:8000');
  expect(() => findSystem({ profile: 'frm' }, {}, folder, config)).toThrow('There is no profile "frm". There are: farm.');
  expect(() => findSystem({}, { MANYHANDS_URL: 'localhost' }, folder, config)).toThrow(
    'manyhands cannot start: MANYHANDS_URL must be',
  );
});

it('a token goes to the address it is kept for, however that was found, and to no other', () => {
  expect(findSystem({ url: 'https://farm.example/' }, {}, folder, config)).toMatchObject({ by: 'option', token: 'abc' });
  expect(findSystem({}, { MANYHANDS_URL: 'https://farm.example' }, folder, config)).toMatchObject({ token: 'abc' });
  for (const url of ['https://farm.example:444', 'http://farm.example', 'https://farm.example.org', 'https://farm.example/v2'])
    expect(findSystem({ url }, {}, folder, config)).toEqual({ url, by: 'option' });
  const two = { current: 'b', profiles: { a: { ...config.profiles.farm }, b: { ...config.profiles.farm, token: 'xyz' } } };
  expect(findSystem({ url: 'https://farm.example' }, {}, folder, two)).toMatchObject({ token: 'xyz' });
});
