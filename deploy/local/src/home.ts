/** Where everything of one local system is kept: `MANYHANDS_HOME`, else `.manyhands` beside the code. */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checked-out project: this file lies in `deploy/local/src` or `deploy/local/dist`. */
export const projectFolder = fileURLToPath(new URL('../../../', import.meta.url));

export interface Home {
  folder: string;
  /** The nats-server binary lives here. */
  bin: string;
  natsStore: string;
  natsConfig: string;
  natsPid: string;
  /** Address of the running nats-server with its token, for programs started by hand. */
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
  return homeAt(
    env['MANYHANDS_HOME']?.trim() ? resolve(typedIn, env['MANYHANDS_HOME'].trim()) : join(projectFolder, '.manyhands'),
  );
}

export function homeAt(folder: string): Home {
  return {
    folder,
    bin: join(folder, 'bin'),
    natsStore: join(folder, 'nats'),
    natsConfig: join(folder, 'nats-server.conf'),
    natsPid: join(folder, 'nats-server.pid'),
    natsUrl: join(folder, 'nats-url'),
    natsCli: join(folder, 'nats-cli'),
    lock: join(folder, 'lock'),
    holder: join(folder, 'running.json'),
    logs: join(folder, 'logs'),
  };
}
