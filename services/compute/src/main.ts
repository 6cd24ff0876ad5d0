/** Compute: runs leases of our kinds in one thread per slot. Drains when ordered to stop. */
import { requireNode } from '@manyhands/observe/node-version';

requireNode();
await import('./service.ts');
