/** Starts the coordinator. On SIGTERM it drains: the batches in hand are finished, then its partitions pass to the others. */
import { requireNode } from '@manyhands/observe/node-version';

requireNode();
await import('./service.ts');
