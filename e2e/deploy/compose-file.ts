/** The compose file and its overlays as compose reads them: anchors resolved, variables filled in, one file laid over the other. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repository } from '../fixture/system.ts';

const folder = join(repository, 'deploy/compose');

interface ComposeService {
  image: string;
  pull_policy?: string;
  user?: string;
  command?: string[];
  scale?: number;
  environment?: Record<string, string | number>;
  env_file?: { path: string; required: boolean }[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  network_mode?: string;
  read_only: boolean;
  cap_drop: string[];
  cap_add?: string[];
  security_opt: string[];
  pids_limit: number;
  mem_limit: string;
  restart?: string;
  networks?: string[];
  ports?: string[];
  stop_grace_period: string;
}
interface Compose {
  services: Record<string, ComposeService>;
  networks: Record<string, { internal?: boolean }>;
}

/** With `given` for what must be set. Throws where something is not. */
export function readCompose(files: readonly string[], given: Record<string, string> = {}): Compose {
  return files
    .map((file) => parse(filledIn(readFileSync(join(folder, file), 'utf8'), given), { merge: true }) as Compose)
    .reduce((below, above) => laidOver(below, above) as Compose);
}

/** Names that any of the files takes from `.env`. */
export function variables(): string[] {
  const texts = globSync('*.yaml', { cwd: folder }).map((file) => readFileSync(join(folder, file), 'utf8'));
  return [...new Set(texts.flatMap((text) => [...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name!)))].sort();
}

function filledIn(text: string, given: Record<string, string>): string {
  return text.replaceAll(/\$\{([A-Z_]+)(?::([-?])([^}]*))?\}/g, (_all, name: string, kind?: string, other?: string) => {
    const value = given[name] ?? (kind === '-' ? other : undefined);
    if (value === undefined) throw new Error(`${name} is not set`);
    return value;
  });
}

function laidOver(below: unknown, above: unknown): unknown {
  if (Array.isArray(below) && Array.isArray(above)) return [...(below as unknown[]), ...(above as unknown[])];
  if (!isMap(below) || !isMap(above)) return above ?? below;
  const names = [...new Set([...Object.keys(below), ...Object.keys(above)])];
  return Object.fromEntries(names.map((name) => [name, laidOver(below[name], above[name])]));
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
