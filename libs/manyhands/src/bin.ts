#!/usr/bin/env node
/** The command `manyhands`, also as `mh`. */
import { requireNode } from '@manyhands/observe/node-version';

requireNode();
await import('./cli/process.ts');
