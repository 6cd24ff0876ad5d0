import { expect, it } from 'vitest';
import { gateOf, pageAfter, signInAddress } from './gate.ts';

it.each([
  ['asking', false, '/', 'wait'],
  ['asking', false, '/jobs', 'wait'],
  ['open', true, '/operations', 'show'],
  ['open', true, '/jobs', 'show'],
  ['out', false, '/', 'show'],
  ['out', false, '/sign-in', 'show'],
  ['out', false, '/welcome', 'show'],
  ['out', false, '/new', 'sign in'],
  ['out', false, '/register/', 'show'],
  ['out', false, '/docs', 'show'],
  ['out', false, '/docs/operations/deploy', 'show'],
  ['out', false, '/docs-of-mine', 'sign in'],
  ['out', false, '/jobs/1', 'sign in'],
  ['out', false, '/account', 'sign in'],
  ['out', false, '/operations', 'sign in'],
  ['in', false, '/jobs', 'show'],
  ['in', false, '/operations', 'admins only'],
  ['in', false, '/operations/', 'admins only'],
  ['in', false, '/workers/host-1-ab', 'admins only'],
  ['in', true, '/workers', 'show'],
  ['in', true, '/operations', 'show'],
] as const)('%s, administrator %s, at %s: %s', (standing, isAdmin, path, gate) => {
  expect(gateOf(standing, isAdmin, path)).toBe(gate);
});

it.each([
  [null, '/'],
  ['/jobs/1?status=failed#map', '/jobs/1?status=failed#map'],
  ['https://elsewhere.example/', '/'],
  ['//elsewhere.example/', '/'],
  ['/\\elsewhere.example', '/'],
  ['/\t/elsewhere.example', '/'],
  ['/.//elsewhere.example', '/'],
  ['/a/..//elsewhere.example', '/'],
  ['javascript:alert(1)', '/'],
  ['/sign-in?to=/sign-in', '/'],
  ['//', '/'],
])('signing in with to=%j leads to %s', (to, path) => {
  expect(pageAfter(to)).toBe(path);
});

it('the sign-in page is given where to go back to', () => {
  expect(signInAddress('/')).toBe('/sign-in');
  expect(signInAddress('/jobs?status=failed')).toBe('/sign-in?to=%2Fjobs%3Fstatus%3Dfailed');
  expect(pageAfter(new URLSearchParams(signInAddress('/jobs?a=1&b=2', 'ended').split('?')[1]).get('to'))).toBe('/jobs?a=1&b=2');
});
