import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repository } from '../fixture/system.ts';

/** Words of what runs above it. A package that knows them is no longer about NATS alone. */
const ours =
  /\b(?:chunks?|leases?|jobs?|kinds?|tasks?|workers?|coordinators?|gateways?|slots?|tenants?|lanes?|mailbox(?:es)?|partitions?)\b|manyhands_/i;

function wordsOfOurs(path: string, text: string): string[] {
  return text.split('\n').flatMap((line, at) => {
    const found = ours.exec(line)?.[0];
    return found === undefined ? [] : [`${path}:${at + 1}: ${found}`];
  });
}

it('libs/nats has no word of jobs, in code or in comments', () => {
  const paths = globSync(['src/**/*.ts', '*.{md,json}'], { cwd: join(repository, 'libs/nats') });
  expect(paths.length).toBeGreaterThan(50);
  expect(paths.flatMap((path) => wordsOfOurs(path, readFileSync(join(repository, 'libs/nats', path), 'utf8')))).toEqual([]);
});

it('finds one that comes in', () => {
  expect(wordsOfOurs('x.ts', 'one\n/** Gives the lease back. */')).toEqual(['x.ts:2: lease']);
});
