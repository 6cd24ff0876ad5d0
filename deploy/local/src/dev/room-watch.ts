/**
 * Watches the sources of all rooms. What is changed is built, and the services it is part of are started again.
 *
 *   watching ──changed──▶ gathering (`settleMs`) ──▶ building ──built──▶ started again, watching
 *                                                        └──failed──▶ the reason is shown, the services run on as they are
 *
 * Invariant: one build at a time; what changes meanwhile is built after it.
 */
import { existsSync, globSync, readFileSync, watch, type FSWatcher } from 'node:fs';
import { dirname, join } from 'node:path';
import { isSource, roomOf, servicesUsing, type Room } from './room-graph.ts';

export interface RoomWatch {
  projectFolder: string;
  say: (line: string) => void;
  /** Throws when it fails. */
  build: (names: readonly string[], signal: AbortSignal) => Promise<void>;
  startAnew: (services: readonly string[]) => void;
  settleMs?: number;
}

const roomFolders = ['proto', 'libs/*', 'services/*', 'sdk'];

/** Returns how to stop. */
export function watchRooms({ projectFolder, say, build, startAnew, settleMs = 100 }: RoomWatch): () => void {
  const rooms = roomsIn(projectFolder);
  const over = new AbortController();
  const changed = new Set<Room>();
  let building = false;
  let settling: NodeJS.Timeout | undefined;

  const buildChanged = async (): Promise<void> => {
    if (building || changed.size === 0 || over.signal.aborted) return;
    building = true;
    const now = [...changed];
    changed.clear();
    const services = [...new Set(now.flatMap(({ name }) => servicesUsing(name, rooms)))];
    const beganAtMs = performance.now();
    try {
      await build(
        now.map(({ name }) => name),
        over.signal,
      );
      const seconds = ((performance.now() - beganAtMs) / 1_000).toFixed(1);
      say(
        `${now.map(({ folder }) => folder).join(', ')} built in ${seconds} s; started again: ${services.join(', ') || 'nothing'}`,
      );
      startAnew(services);
    } catch (error) {
      if (!over.signal.aborted) say(`${(error as Error).message} What runs is still as it was before.`);
    }
    building = false;
    await buildChanged();
  };
  const watchers = rooms.map((room): FSWatcher =>
    watch(join(projectFolder, room.folder, 'src'), { recursive: true }, (_event, file) => {
      if (file === null || !isSource(file)) return;
      changed.add(room);
      clearTimeout(settling);
      settling = setTimeout(() => void buildChanged(), settleMs);
    }),
  );
  return () => {
    over.abort();
    clearTimeout(settling);
    for (const watcher of watchers) watcher.close();
  };
}

function roomsIn(projectFolder: string): Room[] {
  return globSync(
    roomFolders.map((folder) => `${folder}/package.json`),
    { cwd: projectFolder },
  )
    .map((file) => dirname(file).replaceAll('\\', '/'))
    .filter((folder) => existsSync(join(projectFolder, folder, 'src')))
    .map((folder) => roomOf(folder, JSON.parse(readFileSync(join(projectFolder, folder, 'package.json'), 'utf8')) as object));
}
