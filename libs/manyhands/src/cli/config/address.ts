/**
 * Which system a command line is for: `--url`, `MANYHANDS_URL`, a profile, the system that runs in this folder or one above it, else the usual address of one on
 * this machine.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { settingsOf } from '@manyhands/proto/settings';
import { usage } from '../exit.ts';
import type { Config } from './config-file.ts';

export interface FoundSystem {
  url: string;
  token?: string;
  /** How it was found. */
  by: 'option' | 'setting' | 'profile' | 'folder' | 'usual';
  /** The data folder of the system that runs here. */
  home?: string;
}

const USUAL_URL = 'http://127.0.0.1:8000';

/** Throws a sentence for an address that cannot be one, and for a profile that is not there. */
export function findSystem(
  options: { url?: string; profile?: string },
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
  config: Config,
): FoundSystem {
  const { MANYHANDS_URL: url, MANYHANDS_TOKEN: token } = settingsOf('cli', env);
  const withToken = <Found extends FoundSystem>(found: Found): Found => {
    const shown = token ?? found.token ?? tokenFor(found.url, config);
    return shown === undefined ? found : { ...found, token: shown };
  };
  const here = runningHere(env, cwd);
  if (options.url !== undefined) return withToken({ url: checkedUrl(options.url), by: 'option' });
  if (options.profile === undefined && url !== undefined) return withToken({ url: checkedUrl(url), by: 'setting' });
  const name = options.profile ?? config.current;
  if (name !== undefined) {
    const profile = config.profiles[name];
    if (profile === undefined)
      throw usage(
        `There is no profile "${name}". There are: ${Object.keys(config.profiles).join(', ') || 'none'}. Add it: manyhands config set ${name} --url http://…`,
      );
    return withToken({
      url: checkedUrl(profile.url),
      by: 'profile',
      ...(profile.token !== undefined && { token: profile.token }),
    });
  }
  return withToken(here ? { ...here, by: 'folder' } : { url: USUAL_URL, by: 'usual' });
}

/** What a profile keeps for exactly this address, however the address was found. */
function tokenFor(url: string, { current, profiles }: Config): string | undefined {
  const fitting = Object.entries(profiles).filter(
    ([, profile]) => profile.url.replace(/(?<!\/)\/+$/, '') === url && profile.token !== undefined,
  );
  return (fitting.find(([name]) => name === current) ?? fitting[0])?.[1].token;
}

/** Of what `manyhands dev`, `manyhands server` or `npm start` keeps in `.manyhands`. */
function runningHere(env: Readonly<Record<string, string | undefined>>, cwd: string): { url: string; home: string } | undefined {
  const named = env['MANYHANDS_HOME']?.trim();
  const homes = named ? [named] : foldersUpFrom(cwd).map((folder) => join(folder, '.manyhands'));
  for (const home of homes) {
    try {
      const { url } = JSON.parse(readFileSync(join(home, 'running.json'), 'utf8')) as { url?: unknown };
      if (typeof url === 'string') return { url, home };
    } catch {
      // None runs there.
    }
  }
  return undefined;
}

function foldersUpFrom(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...foldersUpFrom(above)];
}

export function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw usage(`The address of the system must be one like http://127.0.0.1:8000 (it is ${JSON.stringify(text)}).`);
  return (url.origin + url.pathname).replace(/(?<!\/)\/+$/, '');
}
