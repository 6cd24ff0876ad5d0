import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

const blocks = [...read('docs/simple-kinds.md').matchAll(/```ts\n\/\/ kinds\/(\S+)\n([^]*?)```/g)];

it('the page about simple kinds shows the code of sum and primes', () => {
  expect(blocks.map(([, file]) => file)).toEqual([
    'sum/kind.ts',
    'sum/compute.ts',
    'sum/merge.ts',
    'sum/exact-number.ts',
    'primes/kind.ts',
  ]);
});

it.each(blocks.map(([, file = '', code = '']) => [file, code] as const))('%s is what runs, but for the package', (file, code) => {
  expect(code).toBe(read(`services/compute/src/kinds/${file}`).replace("'@manyhands/worker/task'", "'manyhands'"));
});
