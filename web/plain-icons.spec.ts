import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { preprocess, parse, type AST } from 'svelte/compiler';
import { expect, test } from 'vitest';
import { plainIcons } from './plain-icons.ts';

const here = import.meta.dirname;
const icons = join(here, '../node_modules/@lucide/svelte/dist/icons');

test('an icon is the picture of its elements, with a class', async () => {
  const filename = join(icons, 'circle-check.svelte');
  const { code } = await preprocess(readFileSync(filename, 'utf8'), plainIcons, { filename });
  expect(code).toContain('<circle cx="12" cy="12" r="10"/><path d="m16 9-5.5 5.5L8 12"/></svg>');
  expect(code).toContain('viewBox="0 0 24 24"');
  expect(code).toContain('class={look}');
});

test('other components stay as they are', async () => {
  const source = '<p>const iconData = 1;</p>';
  for (const filename of ['/src/lib/ui/Notice.svelte', '/node_modules/@lucide/svelte/dist/Icon.svelte'])
    expect((await preprocess(source, plainIcons, { filename })).code).toBe(source);
});

test('an icon that is written otherwise is no icon without a picture', async () => {
  const filename = '/node_modules/@lucide/svelte/dist/icons/cpu.svelte';
  await expect(preprocess('<Icon {...props} />', plainIcons, { filename })).rejects.toThrow('cpu');
});

/** Of all that the components of the dashboard show, what is an icon. */
function shownIcons(): { where: string; attributes: string[] }[] {
  return globSync('src/**/*.svelte', { cwd: here }).flatMap((file) => {
    const source = readFileSync(join(here, file), 'utf8');
    const names = [...source.matchAll(/import (\w+) from '@lucide\/svelte\/icons\//g)].map(([, name]) => name!);
    const found: { where: string; attributes: string[] }[] = [];
    JSON.stringify(parse(source, { modern: true }).fragment, (_, node: unknown) => {
      const { type, name, attributes } = (node ?? {}) as AST.Component;
      // One that is chosen while the page is shown is called an icon.
      if (type === 'Component' && (names.includes(name) || /(^|\.|[a-z])[iI]con$/.test(name)))
        found.push({
          where: `${file}: ${name}`,
          attributes: attributes.map((each) => ('name' in each && each.type === 'Attribute' ? each.name : each.type)).sort(),
        });
      return node;
    });
    return found;
  });
}

test('no icon is given what it would not show', () => {
  const shown = shownIcons();
  expect(shown.length).toBeGreaterThan(90);
  for (const { where, attributes } of shown) expect(attributes, where).toEqual(['aria-hidden', 'class']);
});
