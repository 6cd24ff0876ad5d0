/** The `nats` program of an operator, and the commands of our pages that use it. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { repository } from '../fixture/system.ts';

const places = [...(process.env['PATH'] ?? '').split(delimiter), process.env['GOBIN'] ?? '', join(homedir(), 'go/bin')];
/** The folder that it is in; undefined where it is not installed. */
export const natsCli = places.filter((folder) => folder !== '').find((folder) => existsSync(join(folder, 'nats')));

/** What stands in a page of docs/operations as ```` ```sh ````, with the word behind that. */
export function commandsOf(page: string): { what: string; text: string }[] {
  const text = readFileSync(join(repository, 'docs/operations', page), 'utf8');
  return [...text.matchAll(/```sh ?(\w*)\n([^]*?)```/g)].map(([, what = '', commands = '']) => ({ what, text: commands.trim() }));
}

/** Runs it in a shell that finds the program; ends at the first command that fails. */
export function runInShell(text: string, { cwd, env = {} }: { cwd?: string; env?: Readonly<Record<string, string>> } = {}) {
  return promisify(execFile)('sh', ['-ec', text], {
    ...(cwd !== undefined && { cwd }),
    env: { ...process.env, ...env, PATH: `${natsCli}${delimiter}${process.env['PATH']}` },
    maxBuffer: 2 ** 24,
  });
}
