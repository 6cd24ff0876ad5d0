import { expect, it } from 'vitest';
import { jobTabAddress, jobTabOf, jobTabs } from './job-tabs.ts';

const at = (address: string, chunkCount = 8) => jobTabOf(new URL(address, 'http://localhost').searchParams, chunkCount);

it.each(jobTabs)('the address of %s leads to it, also of a job without chunks', (tab) => {
  expect(at(jobTabAddress('/jobs/7', tab))).toBe(tab);
  expect(at(jobTabAddress('/jobs/7', tab), 0)).toBe(tab);
});

it('an address that names none, or one that there is not, leads to the map, or to the params where there is nothing to map', () => {
  expect([at('/jobs/7'), at('/jobs/7?tab=constructor'), at('/jobs/7', 0)]).toEqual(['map', 'map', 'params']);
});
