import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { proofs } from './proofs.ts';

const page = readFileSync(new URL('../../../../docs/performance.md', import.meta.url), 'utf8');
/** What this system did with `always`: whatever is acknowledged is on disk. */
const rows = page
  .slice(page.indexOf('### On disk before it is acknowledged'), page.indexOf('### On disk within a second'))
  .concat(page.slice(page.indexOf('### This system alone')));

it.each(proofs)('$figure $unit is a figure of docs/performance.md', ({ figure, unit }) => {
  const alone = rows.split('\n').filter((row) => /Manyhands\*\*|1,000,000 no-op chunks and back/.test(row));
  const words = { 'chunks/s': `${figure} (`, 'jobs/s': `${figure} jobs/s`, ms: `${figure} p50 ms` }[unit];
  expect(alone.some((row) => row.includes(words))).toBe(true);
});
