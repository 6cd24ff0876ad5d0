/**
 * Finds the Chromium that the browser tests drive: MANYHANDS_CHROMIUM, an installed one, or one Playwright downloaded. One without windows comes first: it opens a
 * page in half the time (0.7 instead of 1.4 s).
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

const names = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const fixed = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** Path of a Chromium, or undefined when there is none. */
export function findChromium(env = process.env) {
  const onPath = (env.PATH ?? '').split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  return [env.MANYHANDS_CHROMIUM, ...onPath, ...fixed, chromium.executablePath()].find((path) => path && existsSync(path));
}
