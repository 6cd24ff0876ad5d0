/** States beside a route who may use it. Without a word, reading needs `read` and everything else `write`. */
import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { Scope } from './caller.ts';

export const ACCESS = Symbol('access');
/** Where the API's description finds it until it is complete (`docs/complete-document.ts`). */
export const ACCESS_EXTENSION = 'x-access';

/** `public`: without signing in; the route then knows no caller. */
export type Access = 'public' | Scope;

/** On a route, or on a controller for all of its routes. `admin` also demands the role. */
export const Access = (access: Access): MethodDecorator & ClassDecorator =>
  applyDecorators(SetMetadata(ACCESS, access), ApiExtension(ACCESS_EXTENSION, access));

const reading = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What a route asks for. */
export function accessOf(stated: Access | undefined, method: string): Access {
  return stated ?? (reading.has(method) ? 'read' : 'write');
}
