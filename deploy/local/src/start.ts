/** `npm start`. */
import { requireNode } from '@manyhands/observe/node-version';

requireNode();
await import('./entry/start.ts');
