/** The image of the whole Dockerfile: image.sh, which needs no docker-compose. Skipped by name where root, podman or what images begin with (stand-in-images.sh) is missing. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { repository } from '../fixture/system.ts';
import { engineEnvironment, removeImage, whyNoContainers } from './container-engine.ts';

const run = promisify(execFile);
const missing = whyNoContainers('none');

it.skipIf(missing !== undefined)(
  `npm ci and the build run in the Dockerfile, and what comes of them is as it is to be${missing ? ` (skipped: ${missing})` : ''}`,
  async () => {
    const version = `test-${process.pid}`;
    const env = { ...process.env, ...engineEnvironment(), MANYHANDS_VERSION: version };
    onTestFinished(() => removeImage(version));
    const { stdout } = await run(join(repository, 'e2e/deploy/image.sh'), { env, maxBuffer: 64 * 1024 ** 2 });
    expect(stdout).toMatch(/manyhands:test-\d+ is as it is to be: \d+ bytes\.\n$/);
  },
  900_000,
);
