/**
 * Makes sure there is a Chromium for the browser tests: an installed one, else the distribution's package (as root on Debian
 * and Ubuntu), else Playwright's download. Says in one line what it did.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { findChromium } from './executable.mjs';

const tries = [
  {
    name: 'apt-get install chromium',
    possible: () => process.platform === 'linux' && process.getuid?.() === 0 && runs('apt-get', ['--version']),
    run: () =>
      runs('apt-get', ['update', '-qq']) &&
      runs('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core']),
  },
  {
    name: 'playwright-core install chromium',
    possible: () => true,
    run: () =>
      runs(process.execPath, [
        join(dirname(createRequire(import.meta.url).resolve('playwright-core')), 'cli.js'),
        'install',
        'chromium-headless-shell',
        'chromium',
      ]),
  },
];

for (const attempt of [undefined, ...tries]) {
  if (attempt) {
    if (!attempt.possible()) continue;
    console.log(`chromium: none found, trying ${attempt.name}`);
    attempt.run();
  }
  const found = findChromium();
  if (found) {
    console.log(`chromium: ${found}`);
    process.exit(0);
  }
}
console.error(
  'chromium: none found and none could be installed. Install Chromium or Chrome, or set MANYHANDS_CHROMIUM to its path.',
);
process.exit(1);

function runs(command, args) {
  return spawnSync(command, args, { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }).status === 0;
}
