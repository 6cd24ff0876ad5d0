/**
 * Ends a process that an older Node runs than the one we are tested on, with a sentence instead of the first error it comes to.
 *
 * Invariant: this file imports nothing and is written in what Node 20 knows, so that it runs before anything that an older Node does not know. What
 * comes behind it must be imported by `import()`: static imports are resolved before any line runs.
 */
export const NODE_MAJOR_MIN = 24;

/** Undefined when `version` (as `process.versions.node`) is new enough. Pure. */
export function nodeRefusal(version: string, entry = 'its entry file'): string | undefined {
  if (Number(version.split('.')[0]) >= NODE_MAJOR_MIN) return undefined;
  return `Manyhands runs on Node ${NODE_MAJOR_MIN} or newer, and this is Node ${version}. "npm install" installed a newer one: start this with "npx node ${entry}", or through npm.`;
}

/** To be called first. */
export function requireNode(): void {
  const refusal = nodeRefusal(process.versions.node, process.argv[1]);
  if (refusal === undefined) return;
  process.stderr.write(`${refusal}\n`);
  process.exit(78);
}
