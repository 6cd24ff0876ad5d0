/** Asks a nats-server binary for its version, and judges it. */
import { execFile } from 'node:child_process';
import { findVersion, isNewEnough, REQUIRED_VERSION } from './version.ts';

/** `missing` when there is no such program, `broken` (with a reason) when it does not print a version. */
type Probe = { version: string } | { missing: true } | { broken: string };

/** What looking at one place gave: a usable program, or why there is none. */
export type Look = { program: string; version: string } | { problem: string; missing?: true };

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

/** Judges a probed binary. */
export function judge(place: string, program: string, probe: Probe): Look {
  if ('missing' in probe) return { problem: `none ${place === 'PATH' ? 'on PATH' : `in the ${place}`}`, missing: true };
  if ('broken' in probe) return { problem: `${place} has one that does not run: ${probe.broken}` };
  if (!isNewEnough(probe.version)) return { problem: `${place} has ${probe.version}, too old (need ${REQUIRED_VERSION})` };
  return { program, version: probe.version };
}
