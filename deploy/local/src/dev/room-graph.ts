/** Which services a source belongs to, by what the packages depend on. Pure. */

/** What of a `package.json` is read, with the folder it lies in. */
export interface Room {
  /** From the project, with `/`: `libs/actor`. */
  folder: string;
  name: string;
  /** Names of ours that it is built from. */
  needs: readonly string[];
}

export function roomOf(folder: string, manifest: { name?: string; dependencies?: object; peerDependencies?: object }): Room {
  const needs = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  return { folder, name: manifest.name ?? folder, needs };
}

/** Names of the services in whose processes a change of that room is seen, sorted. */
export function servicesUsing(changed: string, rooms: readonly Room[]): string[] {
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const room of rooms) if (room.needs.includes(name)) visit(room.name);
  };
  visit(changed);
  return rooms
    .filter(({ name, folder }) => seen.has(name) && folder.startsWith('services/'))
    .map(({ folder }) => folder.slice('services/'.length))
    .toSorted();
}

/** Whether a change of that file is one of what runs. */
export function isSource(file: string): boolean {
  return /\.(ts|js|mjs|json|wasm)$/.test(file) && !/\.(spec|fixture)\.ts$/.test(file);
}
