/**
 * States whose request this is: the one place the gateway takes a tenant from.
 *
 * Invariant: every key and subject the gateway builds or reads gets its tenant from here, never from a path, a query or a body.
 */
import type { IncomingMessage } from 'node:http';
import { LOCAL_TENANT } from '@manyhands/proto';

/** There are no accounts yet, so every client is the local tenant. */
export function tenantOf(_request: IncomingMessage): string {
  return LOCAL_TENANT;
}
