/** docs/features.md names tests that exist: who renames or removes one corrects the page. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const page = join(import.meta.dirname, '../../docs/features.md');
const rows = readFileSync(page, 'utf8')
  .split('\n')
  .filter((line) => /^\| (?!promise|-)/.test(line));

/** The files that a row links to, each with the titles it names of it. */
const testsOf = (row: string) =>
  [...row.matchAll(/\]\(([^)]+)\): ((?:`[^`]+`(?:; )?)+)/g)].map(([, path, titles]) => ({
    file: join(dirname(page), path!),
    titles: [...titles!.matchAll(/`([^`]+)`/g)].map(([, title]) => title!),
  }));

it('has a test in each row, and each exists in its file', () => {
  expect(rows.length).toBeGreaterThan(30);
  for (const row of rows) {
    const tests = testsOf(row);
    expect(tests.length, row).toBeGreaterThan(0);
    for (const { file, titles } of tests) {
      expect(existsSync(file), file).toBe(true);
      const found = [...readFileSync(file, 'utf8').matchAll(/\b(?:it|test)(?:\.\w+\([^)]*\))?\(\s*(['"`])(.+?)\1,/g)].map(
        ([, , title]) => title,
      );
      for (const title of titles) expect(found, file).toContain(title);
    }
  }
});
