/** Compute: runs leases of our kinds in one thread per slot. Drains when told to end. */
import { requireNode } from '@manyhands/observe/node-version';

requireNode();
await import('./service.ts');
