/** `?tenant=`: whose jobs an administrator asks for. Pure, apart from what a route states. */
import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Tenant } from '@manyhands/proto';
import { invalidFields, Problem } from '../edge/problem.ts';
import { ALL_TENANTS, type Caller } from './caller.ts';

/** Where a route states what it takes. */
export const TENANT_CHOICE = Symbol('tenant choice');

/** `one`: another tenant; `any`: also all of them at once. */
export type TenantChoice = 'one' | 'any';

const pattern = '^[A-Za-z0-9_-]{1,64}$';

/** On a route: administrators may ask it of another tenant; with `any`, which only lists take, of all. */
export function OfTenant(choice: TenantChoice = 'one'): MethodDecorator {
  return applyDecorators(
    SetMetadata(TENANT_CHOICE, choice),
    ApiQuery({
      name: 'tenant',
      required: false,
      description: `For administrators: of this tenant instead of their own${choice === 'any' ? '; `*`: of all tenants' : ''}.`,
      schema: { type: 'string', pattern: choice === 'any' ? `${pattern}|^\\*$` : pattern },
    }),
  );
}

/** Whose jobs a caller may use who asks for those of `given`; without it their own. Throws 422 for what is no tenant, 403. */
export function chosenTenant(caller: Caller, given: unknown, choice: TenantChoice): string {
  // Given twice or empty: `QueryGuard` refuses it.
  if (typeof given !== 'string' || given === '') return caller.tenant;
  if (!Tenant.safeParse(given).success && !(given === ALL_TENANTS && choice === 'any'))
    throw invalidFields([
      {
        loc: ['query', 'tenant'],
        msg: `must be 1 to 64 letters, digits, "_" or "-"${choice === 'any' ? ', or * for all tenants' : ''}`,
        type: 'string_pattern',
      },
    ]);
  if (given !== caller.tenant) demandAdmin(caller, 'Only administrators may ask for what another tenant has.');
  return given;
}

/** Whether a caller may do what administrators may: an API key of one only where it has the scope for it. */
export function isAdministrator({ role, scopes }: Pick<Caller, 'role' | 'scopes'>): boolean {
  return role === 'admin' && scopes.includes('admin');
}

/** Throws 403 for one who is no administrator, or whose API key is not good for it. */
export function demandAdmin({ role, scopes }: Caller, sentence: string): void {
  if (role !== 'admin') throw new Problem(403, sentence);
  if (!scopes.includes('admin')) throw new Problem(403, 'This API key is not good for this; it needs the scope "admin".');
}
