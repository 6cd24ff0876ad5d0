import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { ALL_TENANTS, callerOf, OPEN_CALLER, SCOPES, setCaller, tenantOf, tenantsOf, type Caller } from './caller.ts';
import { chosenTenant, type TenantChoice } from './chosen-tenant.ts';

const user: Caller = { tenant: 'u1', role: 'user', scopes: SCOPES, by: 'session' };
const admin: Caller = { ...user, role: 'admin' };
const keyOfAdmin: Caller = { ...admin, scopes: ['read', 'write'], by: 'key' };

function outcomeOf(caller: Caller, given: unknown, choice: TenantChoice): string | number {
  try {
    return chosenTenant(caller, given, choice);
  } catch (error) {
    return (error as { getStatus(): number }).getStatus();
  }
}

test.each([
  ['a user', user, undefined, 'any', 'u1'],
  ['a user', user, 'u1', 'one', 'u1'],
  ['a user', user, 'u2', 'one', 403],
  ['a user', user, '*', 'any', 403],
  ['an administrator', admin, undefined, 'one', 'u1'],
  ['an administrator', admin, 'u2', 'one', 'u2'],
  ['an administrator', admin, '*', 'any', '*'],
  ['an administrator', admin, '*', 'one', 422],
  ['a key of an administrator without the scope', keyOfAdmin, 'u2', 'one', 403],
  ['a key of an administrator without the scope', keyOfAdmin, 'u1', 'one', 'u1'],
  ['every client without accounts', OPEN_CALLER, 'demo', 'one', 'demo'],
] as const)('%s who asks for %s', (_who, caller, given, choice, outcome) => {
  expect(outcomeOf(caller, given, choice)).toBe(outcome);
});

// Each of them would widen a subject or a key to another tenant's.
test.each(['>', 'u1.>', 'u*', 'u2.', 'a b', '', 'u2\n', 'x'.repeat(65), 'ü'])('no tenant is called %j', (given) => {
  expect(outcomeOf(admin, given, 'any')).toBe(given === '' ? 'u1' : 422);
  expect(() => setCaller(request(), { ...admin, tenant: given })).toThrow('Invariant');
  expect(() => setCaller(request(), admin, given)).toThrow('Invariant');
});

describe('a request', () => {
  test('of all tenants has none whose keys it could use', () => {
    const asked = request();
    setCaller(asked, admin, ALL_TENANTS);
    expect(tenantsOf(asked)).toBe(ALL_TENANTS);
    expect(() => tenantOf(asked)).toThrow('Invariant');
    expect(callerOf(asked)).toBe(admin);
  });

  test('of no known caller has none either', () => {
    expect(() => tenantOf(request())).toThrow('Invariant');
  });

  test('of one tenant is about that one, also from another', () => {
    const asked = request();
    setCaller(asked, admin, 'u2');
    expect([tenantOf(asked), tenantsOf(asked), callerOf(asked).tenant]).toEqual(['u2', 'u2', 'u1']);
  });

  test('never comes from one whose tenant is all of them', () => {
    expect(() => setCaller(request(), { ...admin, tenant: ALL_TENANTS })).toThrow('Invariant');
  });
});

function request(): IncomingMessage {
  return new IncomingMessage(new Socket());
}
