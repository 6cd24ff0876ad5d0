/** `npm run demo`. */
import { requireNode } from '@manyhands/observe/node-version';

requireNode();
await import('./entry/demo.ts');
