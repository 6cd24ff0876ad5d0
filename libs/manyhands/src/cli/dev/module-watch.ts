/** Watches the sources of a project: every folder but installed packages, built files and those that begin with a dot. */
import { readdirSync, watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';

const notSources = /^(?:node_modules|dist|build|coverage)$|^\./;
const source = /\.(?:[cm]?[jt]s|json|wasm|sql|txt)$/;
/** An editor writes a file in several steps. */
const settleMs = 100;

/** Pure. `file`: relative to the watched folder. */
export function isSource(file: string): boolean {
  const parts = file.split(/[\\/]/);
  return source.test(file) && !parts.some((part) => notSources.test(part)) && !/\.(?:test|spec)\.[cm]?[jt]s$/.test(file);
}

/**
 * `saved` is called once for what was saved together. Returns how to stop.
 *
 * Every folder is watched for itself: `recursive` of Node watches each file on Linux, and loses one that an editor replaces.
 */
export function watchModules(folder: string, saved: (files: string[]) => void): () => void {
  const changed = new Set<string>();
  const watchers = new Map<string, FSWatcher>();
  let settling: NodeJS.Timeout | undefined;
  const settle = (): void => {
    for (const each of foldersIn(folder)) watchFolder(each);
    const files = [...changed].sort();
    changed.clear();
    if (files.length > 0) saved(files);
  };
  const heard = (inside: string, file: string | null): void => {
    if (file !== null && isSource(join(inside, file))) changed.add(join(inside, file));
    clearTimeout(settling);
    settling = setTimeout(settle, settleMs);
  };
  const forget = (inside: string): void => {
    watchers.get(inside)?.close();
    watchers.delete(inside);
  };
  const watchFolder = (inside: string): void => {
    if (watchers.has(inside)) return;
    try {
      const watcher = watch(join(folder, inside), (_event, file) => heard(inside, file));
      watcher.once('error', () => forget(inside));
      watchers.set(inside, watcher);
      // What was saved in a new folder before it was watched.
      if (settling !== undefined)
        for (const name of readdirSync(join(folder, inside))) if (isSource(join(inside, name))) changed.add(join(inside, name));
    } catch {
      // It is gone again.
    }
  };
  for (const each of foldersIn(folder)) watchFolder(each);
  return () => {
    clearTimeout(settling);
    for (const inside of [...watchers.keys()]) forget(inside);
  };
}

/** Relative; the folder itself is the empty one. */
function foldersIn(folder: string, inside = ''): string[] {
  try {
    const within = readdirSync(join(folder, inside), { withFileTypes: true }).filter(
      (each) => each.isDirectory() && !notSources.test(each.name),
    );
    return [inside, ...within.flatMap(({ name }) => foldersIn(folder, join(inside, name)))];
  } catch {
    return [];
  }
}
