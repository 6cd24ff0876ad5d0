/** `npm run setup`. */
import { requireNode } from '@manyhands/observe/node-version';

requireNode();
await import('./entry/setup.ts');
