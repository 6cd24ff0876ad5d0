import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MOVES } from '../../services/coordinator/src/job/state.ts';
import { repository } from '../fixture/system.ts';

const page = 'docs/states.md';
const sections = readFileSync(join(repository, page), 'utf8')
  .split(/^## /m)
  .slice(1)
  .map((text) => ({ title: text.slice(0, text.indexOf('\n')), text }));

/** Where a line of the section begins with `what`: the files it links to, from the root of the repository. */
function links(text: string, what: string): string[] {
  const lines = text.split('\n').filter((line) => line.startsWith(what));
  return lines.flatMap((line) => [...line.matchAll(/\]\(([^)]+)\)/g)].map(([, path]) => join(dirname(page), path!)));
}

describe('the page of states', () => {
  it.each(sections)('$title: the code and the tests that hold it are there', ({ text }) => {
    const tests = links(text, 'Held by:');
    const code = links(text, 'Code:');
    expect(code).not.toEqual([]);
    expect(tests.filter((path) => path.endsWith('.spec.ts'))).not.toEqual([]);
    expect([...code, ...tests].filter((path) => !existsSync(join(repository, path)))).toEqual([]);
  });

  it('has a row for each move that a job may make, and for no other', () => {
    const job = sections.find(({ title }) => title === 'A job')!;
    const rows = [...job.text.matchAll(/^\| (`.+?`(?:, `.+?`)*) +\| (\w+) +\| `(\w+)` +\|/gm)].filter(
      ([, , move]) => move !== 'requeue',
    );
    const drawn = rows.flatMap(([, from, , to]) => from!.split(', ').map((state) => `${state.replaceAll('`', '')} ${to}`));
    const legal = Object.entries(MOVES).flatMap(([from, to]) => to.map((state) => `${from} ${state}`));
    expect(drawn.toSorted()).toEqual(legal.toSorted());
  });
});
