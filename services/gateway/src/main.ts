/** Starts the gateway. On SIGTERM it drains: streams are ended so that clients come back elsewhere, then NATS is let go. */
import { requireNode } from '@manyhands/observe/node-version';

requireNode();
await import('./service.ts');
