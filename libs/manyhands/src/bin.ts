#!/usr/bin/env node
/** The command `manyhands`, also as `mh`. */
import { NODE_MAJOR_MIN } from '@manyhands/observe/node-version';

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
  process.stderr.write(
    `Manyhands runs on Node ${NODE_MAJOR_MIN} or newer, and this is Node ${process.versions.node}. Install a newer one: https://nodejs.org\n`,
  );
  process.exitCode = 2;
} else await import('./cli/process.ts');
