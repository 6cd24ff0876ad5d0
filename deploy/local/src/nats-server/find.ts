/**
 * Finds a nats-server that is new enough, and explains each place it looked at in one line.
 *
 *   MANYHANDS_NATS_SERVER ─▶ PATH ─▶ cache ─▶ official release ─▶ go install        (the first usable one)
 *
 * Invariant: a place that needs the network is only reached when none before it has a usable binary. A wrong
 * MANYHANDS_NATS_SERVER is refused, and no other place is tried: the user asked for that one.
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { startText } from '../home.ts';
import { Refusal } from '../refusal.ts';
import { lookInCache } from './cached.ts';
import { downloadRelease } from './download.ts';
import { goInstall } from './go-install.ts';
import { judge, probeBinary, type Look } from './probe.ts';
import { binaryName, RELEASE } from './release.ts';
import { PINNED_VERSION, REQUIRED_VERSION } from './version.ts';

export interface Place {
  name: string;
  /** It takes a while: the reason is printed before. */
  slow?: boolean;
  look(): Promise<Look>;
}

/** Looks at the places in order until one is usable. Undefined when none is. Each look gives one line; that there is none in a place, only when that matters. */
export async function firstUsable(
  places: readonly Place[],
  say: (line: string) => void,
): Promise<{ program: string; version: string } | undefined> {
  const unsaid: string[] = [];
  for (const place of places) {
    if (place.slow) for (const line of unsaid.splice(0)) say(line);
    const look = await place.look();
    if ('program' in look) {
      say(`nats-server: using ${look.version} from ${place.name} (${look.program})`);
      return look;
    }
    unsaid.push(`nats-server: ${look.problem}`);
    if (!look.missing) for (const line of unsaid.splice(0)) say(line);
  }
  for (const line of unsaid) say(line);
  return undefined;
}

export interface FindOptions {
  cacheFolder: string;
  env: NodeJS.ProcessEnv;
  say: (line: string) => void;
}

/** Returns the path of the program to run. Throws a refusal that states what to do when no place has one. */
export async function findNatsServer({ cacheFolder, env, say }: FindOptions): Promise<string> {
  const given = env['MANYHANDS_NATS_SERVER']?.trim();
  if (given) return checkGiven(given, say);
  const found = await firstUsable(placesFor(cacheFolder, env, say), say);
  if (found) return found.program;
  throw new Refusal(
    `No nats-server ${REQUIRED_VERSION} or newer could be found, downloaded or built. Install one from https://github.com/nats-io/nats-server/releases and put it on PATH, ` +
      'name it with MANYHANDS_NATS_SERVER, or point NATS_URL to a running server.',
  );
}

async function checkGiven(given: string, say: (line: string) => void): Promise<string> {
  const look = judge('MANYHANDS_NATS_SERVER', given, await probeBinary(given));
  if ('problem' in look)
    throw new Refusal(`MANYHANDS_NATS_SERVER is ${given}: ${look.problem}. Correct it, or unset it, and ${startText} finds one.`);
  say(`nats-server: using ${look.version} from MANYHANDS_NATS_SERVER (${given})`);
  return given;
}

function placesFor(cacheFolder: string, env: NodeJS.ProcessEnv, say: (line: string) => void): Place[] {
  const program = binaryName(process.platform);
  const cached = join(cacheFolder, program);
  const mirror = env['MANYHANDS_NATS_RELEASES']?.trim();
  const version = PINNED_VERSION;
  return [
    { name: 'PATH', look: () => lookOnPath(program, env['PATH'] ?? '') },
    { name: 'cache', look: () => lookInCache(cached) },
    {
      name: 'official release',
      slow: true,
      look: () => {
        say(`nats-server: fetching release ${RELEASE.version}`);
        return attempt(RELEASE.version, 'release', downloadRelease({ cacheFolder, env, ...(mirror ? { baseUrl: mirror } : {}) }));
      },
    },
    {
      name: 'go install',
      slow: true,
      look: () => {
        const started = (): void => say(`nats-server: building ${version} with go install, which takes a minute or two`);
        return attempt(version, 'go install', goInstall({ version, cacheFolder, started }));
      },
    },
  ];
}

/** The first one on PATH that is new enough; when none is, the first one gives the reason. */
async function lookOnPath(program: string, path: string): Promise<Look> {
  let first: Look | undefined;
  for (const folder of path.split(delimiter)) {
    const file = join(folder, program);
    if (folder === '' || !existsSync(file)) continue;
    const look = judge('PATH', file, await probeBinary(file));
    if ('program' in look) return look;
    first ??= look;
  }
  return first ?? judge('PATH', program, { missing: true });
}

async function attempt(version: string, place: string, making: Promise<string>): Promise<Look> {
  try {
    return { program: await making, version };
  } catch (error) {
    return { problem: `${place}: ${error instanceof Error ? error.message : String(error)}` };
  }
}
