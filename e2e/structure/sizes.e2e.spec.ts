import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repository } from '../fixture/system.ts';

/** Lines no file of the product has more than, and those that nine of ten files keep to. */
const LINES_MAX = 300;
const LINES_MOST = 130;

const listed = execFileSync(
  'git',
  ['ls-files', '-co', '--exclude-standard', 'libs', 'services', 'sdk', 'proto', 'deploy', 'web/src'],
  {
    cwd: repository,
    encoding: 'utf8',
  },
);
const sizes = listed
  .split('\n')
  .filter((file) => /\.(ts|svelte)$/.test(file) && !/\.(spec|fixture)\.ts$|^libs\/testkit\/|\/(conformance|trial)\//.test(file))
  .map((file) => ({ file, lines: readFileSync(join(repository, file), 'utf8').split('\n').length - 1 }))
  .toSorted((one, other) => one.lines - other.lines);

it(`no file of the product has more than ${LINES_MAX} lines`, () => {
  expect(sizes.filter(({ lines }) => lines > LINES_MAX)).toEqual([]);
});

it(`nine of ten files have at most ${LINES_MOST} lines`, () => {
  const { lines } = sizes[Math.ceil(sizes.length * 0.9) - 1]!;
  const all = sizes.reduce((sum, file) => sum + file.lines, 0);
  console.log(
    `${sizes.length} files of the product, ${all} lines; nine of ten have at most ${lines}, the longest ${sizes.at(-1)!.lines}`,
  );
  expect(lines).toBeLessThanOrEqual(LINES_MOST);
});
