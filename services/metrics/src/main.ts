/** Starts metrics. On SIGTERM it drains: the event in hand is written and acknowledged, then file and connection are closed. */
import { requireNode } from '@manyhands/observe/node-version';

requireNode();
await import('./service.ts');
