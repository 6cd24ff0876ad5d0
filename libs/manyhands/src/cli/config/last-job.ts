/** Which job was submitted last from this account, by system: what `-` stands for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configFolder, writeOwnFile } from './config-file.ts';

type Environment = Readonly<Record<string, string | undefined>>;
const name = 'last-jobs.json';

function lastJobs(env: Environment): Record<string, string> {
  try {
    return JSON.parse(readFileSync(join(configFolder(env), name), 'utf8')) as Record<string, string>;
  } catch {
    return {};
  }
}

export function lastJob(env: Environment, url: string): string | undefined {
  return lastJobs(env)[url];
}

/** A folder that cannot be written costs the shortcut, and nothing else. */
export function rememberJob(env: Environment, url: string, jobId: string): void {
  try {
    writeOwnFile(env, name, `${JSON.stringify({ ...lastJobs(env), [url]: jobId })}\n`);
  } catch {
    // `-` then names the job before, or none.
  }
}
