/** Where everything of one local system is kept: `MANYHANDS_HOME`, else `.manyhands` of the project. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checked-out repository, if this is it: this file lies in `deploy/local/src` or `deploy/local/dist`. */
const repository = fileURLToPath(new URL('../../../', import.meta.url));
const isRepository = existsSync(join(repository, 'services/gateway/package.json'));

/** Where services and dashboard lie: the repository, or the installed package `@manyhands/server`, which holds them in the same places. */
export const projectFolder = isRepository ? repository : fileURLToPath(new URL('../', import.meta.url));

/** Where data and `.env` are: the repository, or the folder that the command was typed in. */
export const workFolder = isRepository ? repository : process.cwd();

/** How the system is started, for sentences. */
export const startText = isRepository ? 'npm start' : 'npx manyhands dev';

export interface Home {
  folder: string;
  /** The nats-server binary lives here. */
  bin: string;
  natsStore: string;
  natsConfig: string;
  natsPid: string;
  /** A key of NATS for each service, the administrator and what makes the streams. */
  natsKeys: string;
  /** Address of the running nats-server with the password of a worker, for workers started by hand. */
  natsUrl: string;
  /** What the `nats` CLI reads as its configuration (`XDG_CONFIG_HOME`). */
  natsCli: string;
  /** Held by the running system. */
  lock: string;
  /** Which process holds the lock and where it answers. */
  holder: string;
  logs: string;
}

/** A relative `MANYHANDS_HOME` counts from the folder the command was typed in. */
export function homeOf(env: NodeJS.ProcessEnv, typedIn = env['INIT_CWD'] ?? process.cwd()): Home {
  return homeAt(env['MANYHANDS_HOME']?.trim() ? resolve(typedIn, env['MANYHANDS_HOME'].trim()) : join(workFolder, '.manyhands'));
}

export function homeAt(folder: string): Home {
  return {
    folder,
    bin: isRepository ? join(folder, 'bin') : join(userCache(process.env), 'bin'),
    natsStore: join(folder, 'nats'),
    natsConfig: join(folder, 'nats-server.conf'),
    natsPid: join(folder, 'nats-server.pid'),
    natsKeys: join(folder, 'nats-keys'),
    natsUrl: join(folder, 'nats-url'),
    natsCli: join(folder, 'nats-cli'),
    lock: join(folder, 'lock'),
    holder: join(folder, 'running.json'),
    logs: join(folder, 'logs'),
  };
}

/** One nats-server for all projects of an account. */
function userCache(env: NodeJS.ProcessEnv): string {
  const base = env['XDG_CACHE_HOME']?.trim() || env['LOCALAPPDATA']?.trim() || join(homedir(), '.cache');
  return join(base, 'manyhands');
}
