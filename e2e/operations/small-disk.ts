/**
 * A small disk of its own under a folder: a file system in memory, in a mount namespace of the process that gets it. So nobody else sees it, and it
 * is gone with that process, also after SIGKILL.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Root may mount; others may where the system lets them be root in a user namespace. */
const ways = [
  ['unshare', '--mount'],
  ['unshare', '--user', '--map-root-user', '--mount'],
] as const;
const way = ways.find(
  ([program, ...args]) => spawnSync(program, [...args, 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', '/mnt']).status === 0,
);

/** Undefined where nothing can be mounted. */
export const onSmallDisk: ((folder: string, mebibytes: number) => string[]) | undefined =
  way &&
  ((folder, mebibytes) => [
    ...way,
    'sh',
    '-c',
    `mount -t tmpfs -o size=${mebibytes}m tmpfs "$1" && shift && exec "$@"`,
    'sh',
    folder,
  ]);

/** The disk under `folder` as the process `pid` sees it. */
export function smallDiskOf(pid: number, folder: string) {
  const seen = join('/proc', String(pid), 'root', folder);
  const ballast = join(seen, 'ballast');
  return {
    path: (name: string): string => join(seen, name),
    freeBytes(): number {
      const { bavail, bsize } = statfsSync(seen);
      return bavail * bsize;
    },
    /** Writes until nothing more fits. */
    fill(): void {
      const file = openSync(ballast, 'a');
      try {
        for (const bytes of [Buffer.alloc(1024 ** 2), Buffer.alloc(4096)]) while (writeSync(file, bytes) === bytes.length);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        closeSync(file);
      }
    },
    free: (): void => rmSync(ballast),
  };
}
