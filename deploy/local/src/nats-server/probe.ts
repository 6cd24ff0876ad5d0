/** Asks a nats-server binary for its version. */
import { execFile } from 'node:child_process';
import { findVersion } from './version.ts';

/** `missing` when there is no such program, `broken` (with a reason) when it does not print a version. */
export type Probe = { version: string } | { missing: true } | { broken: string };

/** Never throws. */
export function probeBinary(program: string): Promise<Probe> {
  return new Promise((resolve) => {
    execFile(program, ['--version'], { timeout: 5_000, windowsHide: true }, (error, stdout) => {
      const version = findVersion(stdout);
      if (!error && version) resolve({ version });
      else if (error && 'code' in error && error.code === 'ENOENT') resolve({ missing: true });
      else resolve({ broken: error ? firstLine(error.message) : 'it does not print its version' });
    });
  });
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text;
}
