/** Starts the gateway. On SIGTERM it drains: streams are ended so that clients come back elsewhere, then the connection to NATS is closed. */
import { requireNode } from '@manyhands/observe/node-version';

requireNode();
await import('./service.ts');
