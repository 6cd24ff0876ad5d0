/** podman, which the containers of tests run in: what it needs here, and why it cannot be tried where it cannot. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../fixture/system.ts';
import { programIn } from './chart.ts';

/** All of a test, with images that are made for it, whatever the time. */
export const isFull = process.env['FULL_SIZES'] === '1';
const base = 'localhost/debian-testing';

/** The configuration of podman where no systemd runs, unless there is another. */
export function engineEnvironment(): Record<string, string> {
  if (process.env['CONTAINERS_CONF'] !== undefined || existsSync('/run/systemd/system')) return {};
  return { CONTAINERS_CONF: join(repository, 'e2e/deploy/containers.conf') };
}

/**
 * Why a test cannot build images and run containers; undefined where it can.
 *
 * `network`: of a container: `none`, or `bridge` for those that find each other. `programs`: what else it runs, with how it is got.
 */
export function whyNoContainers(network: 'none' | 'bridge', programs: Record<string, string> = {}): string | undefined {
  if (process.getuid?.() !== 0) return 'it needs root';
  const needed = { podman: 'apt-get install podman', ...programs };
  for (const [program, got] of Object.entries(needed))
    if (programIn(program) === undefined) return `${program} is not installed: ${got}`;
  const env = { ...process.env, ...engineEnvironment() };
  const podman = (...args: string[]) => spawnSync('podman', args, { env, encoding: 'utf8' });
  const found = podman('image', 'exists', base);
  if (found.status === 1 && !isFull) return 'what its images begin with is not there: e2e/deploy/stand-in-images.sh base';
  const { status, stderr } = found.status === 0 ? podman('run', '--rm', '--network', network, base, 'true') : found;
  if (status !== 0 && found.status !== 1) return `podman runs no container here: ${stderr.trim().split('\n').at(-1)}`;
  const reached = spawnSync('npm', ['ping', '--fetch-retries=0', '--fetch-timeout=10000'], { stdio: 'ignore' });
  return reached.status === 0 ? undefined : 'npm reaches no registry, which has the packages of its image';
}

/** Makes those that are missing: stand-in-images.sh. Each takes seconds where its base is there, and that of what is built here is made again where another build is in it. */
export function makeImages(version: string, ...names: string[]): void {
  execFileSync(join(repository, 'e2e/deploy/stand-in-images.sh'), names, {
    env: { ...process.env, ...engineEnvironment(), MANYHANDS_VERSION: version },
    stdio: ['ignore', 'ignore', 'pipe'],
    maxBuffer: 64 * 1024 ** 2,
  });
}

/** Half a gigabyte of this machine, unless another name has it, too. */
export function removeImage(version: string): void {
  const env = { ...process.env, ...engineEnvironment() };
  spawnSync('podman', ['image', 'rm', '--force', '--ignore', `docker.io/manyhands/manyhands:${version}`], { env });
}
