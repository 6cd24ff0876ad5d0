#!/usr/bin/env node
/** The command `manyhands`, also as `mh`. It is not built but as it is, so that npm finds it to link in a clone where nothing is built yet. */
import { existsSync } from 'node:fs';

const nodeMajorMin = 24;
const command = new URL('../dist/cli/process.js', import.meta.url);

/** @param {string} sentence */
function refuse(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 2;
}

if (Number(process.versions.node.split('.')[0]) < nodeMajorMin)
  refuse(
    `Manyhands runs on Node ${nodeMajorMin} or newer, and this is Node ${process.versions.node}. Install a newer one: https://nodejs.org`,
  );
else if (!existsSync(command)) refuse('This command is not built yet: npm run build');
else await import(command.href);
