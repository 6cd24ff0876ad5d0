import { expect, it } from 'vitest';
import { homeOf } from './home.ts';

it.each([
  ['asking', '', null, 'wait'],
  ['out', '', null, 'landing'],
  ['open', '', null, 'wait'],
  ['open', '', false, 'landing'],
  ['in', '', false, 'landing'],
  ['in', '?utm=1', true, { to: '/jobs' }],
  ['open', '?kind=sum&params=%7B%7D', true, { to: '/new?kind=sum&params=%7B%7D' }],
  ['out', '?kind=sum', null, { to: '/new?kind=sum' }],
] as const)('%s at /%s, has jobs %s: %j', (standing, search, hasJobs, home) => {
  expect(homeOf(standing, search, hasJobs)).toEqual(home);
});
