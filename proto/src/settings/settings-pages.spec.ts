/** Made anew by `npx vitest run --project unit proto/src/settings -u`. */
import { parseEnv } from 'node:util';
import { expect, it } from 'vitest';
import { NAMES_OF_SYSTEM, readSettings } from './read-settings.ts';
import { envExample, settingsPage } from './settings-pages.ts';
import { SETTING_NAMES } from './settings.ts';

it('.env.example is what the table says', () => expect(envExample()).toMatchFileSnapshot('../../../.env.example'));

it('docs/settings.md is what the table says', () => expect(settingsPage()).toMatchFileSnapshot('../../../docs/settings.md'));

it('each line of .env.example, uncommented, is taken by all that read it', () => {
  const lines = envExample()
    .split('\n')
    .filter((line) => /^#\w+=/.test(line));
  expect(lines).toHaveLength(SETTING_NAMES.length);
  for (const line of lines) readSettings('It', SETTING_NAMES, parseEnv(line.slice(1)));
  const all = parseEnv(lines.map((line) => line.slice(1)).join('\n'));
  expect(Object.keys(all).toSorted()).toEqual(SETTING_NAMES.toSorted());
  readSettings('It', NAMES_OF_SYSTEM, all);
});
