import { describe, expect, test } from 'vitest';
import { accessOf } from './access.ts';
import { demandAccess } from './access.guard.ts';
import { OPEN_CALLER, SCOPES, type Caller, type Role, type Scope } from './caller.ts';

const caller = (role: Role, scopes: readonly Scope[]): Caller => ({ tenant: 'u1', role, scopes, by: 'key' });

test.each([
  [undefined, 'GET', 'read'],
  [undefined, 'HEAD', 'read'],
  [undefined, 'POST', 'write'],
  [undefined, 'DELETE', 'write'],
  ['admin', 'GET', 'admin'],
  ['public', 'POST', 'public'],
] as const)('a route that states %s asks of %s for %s', (stated, method, access) => {
  expect(accessOf(stated, method)).toBe(access);
});

describe('a caller', () => {
  test.each([
    ['user', ['read'], 'read', 200],
    ['user', ['read'], 'write', 403],
    ['user', SCOPES, 'admin', 403],
    ['admin', ['read', 'write'], 'admin', 403],
    ['admin', ['admin'], 'admin', 200],
    ['admin', ['admin'], 'read', 403],
  ] as const)('%s with %o asks for %s: %i', (role, scopes, access, status) => {
    expect(statusOf(() => demandAccess(caller(role, scopes), access))).toBe(status);
  });

  test('who is not known is asked to sign in', () => {
    expect(statusOf(() => demandAccess(undefined, 'read'))).toBe(401);
  });

  test('without accounts, everybody may do everything', () => {
    for (const access of SCOPES) expect(demandAccess(OPEN_CALLER, access)).toBe(OPEN_CALLER);
  });
});

function statusOf(demand: () => unknown): number {
  try {
    demand();
    return 200;
  } catch (error) {
    return (error as { getStatus(): number }).getStatus();
  }
}
