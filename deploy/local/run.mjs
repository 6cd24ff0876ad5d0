/**
 * What npm runs: `node --conditions=source deploy/local/run.mjs start …`, a command of ours from its sources, so that wrong settings are known before anything is built.
 *
 * Written in what Node 20 knows: on an older Node it prints a sentence.
 */
const entries = {
  start: './src/entry/start.ts',
  dev: './src/entry/dev.ts',
  demo: './src/entry/demo.ts',
  setup: './src/entry/setup.ts',
  bench: '../../bench/run.ts',
  chaos: '../../e2e/chaos/run.ts',
};
const nodeMajorMin = 24;

const [name] = process.argv.splice(2, 1);
if (Number(process.versions.node.split('.')[0]) < nodeMajorMin) {
  process.stderr.write(
    `Manyhands runs on Node ${nodeMajorMin} or newer, and this is Node ${process.versions.node}. "npm install" puts a newer one beside it, where there is one for this machine: run "npm install", then "npm run ${name}".\n`,
  );
  process.exitCode = 1;
} else await import(entries[name]);
