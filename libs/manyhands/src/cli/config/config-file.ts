/** Profiles: named systems in `~/.config/manyhands/config.json`, readable by its owner alone, because a profile may hold a token. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { usage } from '../exit.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Profile {
  url: string;
  token?: string;
  /** Id of the API key that `manyhands login` made; it is the token. */
  key_id?: string;
}

export interface Config {
  /** The profile that is used unless another is named. */
  current?: string;
  profiles: Record<string, Profile>;
}

/** The folder of what the command line keeps between runs. */
export function configFolder(env: Environment): string {
  const base = env['XDG_CONFIG_HOME']?.trim() || env['APPDATA']?.trim() || join(env['HOME']?.trim() || homedir(), '.config');
  return join(base, 'manyhands');
}

export function configFile(env: Environment): string {
  return join(configFolder(env), 'config.json');
}

/** None where there is no file. Throws a sentence when it cannot be read. */
export function readConfig(env: Environment): Config {
  const file = configFile(env);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { profiles: {} };
    throw usage(`${file} cannot be read: ${(error as Error).message}`);
  }
  const config = parsed(text);
  if (config === undefined)
    throw usage(`${file} is not what "manyhands config" writes. Correct it, or remove it and add your profiles again.`);
  return config;
}

export function writeConfig(env: Environment, config: Config): void {
  writeOwnFile(env, 'config.json', `${JSON.stringify(config, null, 2)}\n`);
}

/** Replaced in one step. */
export function writeOwnFile(env: Environment, name: string, text: string): void {
  const folder = configFolder(env);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fresh = join(folder, `.${name}.${process.pid}`);
  writeFileSync(fresh, text, { mode: 0o600 });
  renameSync(fresh, join(folder, name));
}

function parsed(text: string): Config | undefined {
  try {
    const { current, profiles } = JSON.parse(text) as { current?: unknown; profiles?: unknown };
    if (typeof profiles !== 'object' || profiles === null) return undefined;
    if (!Object.values(profiles).every((each) => typeof (each as Profile | null)?.url === 'string')) return undefined;
    return { ...(typeof current === 'string' && { current }), profiles: profiles as Record<string, Profile> };
  } catch {
    return undefined;
  }
}
