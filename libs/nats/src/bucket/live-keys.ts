/** The keys a watch knows to live, oldest write first. Pure. */
export interface LiveKeys {
  add(key: string, writtenAtMs: number, revision: number): void;
  remove(key: string): void;
  /** Revision of its last write; undefined when it does not live. */
  revisionOf(key: string): number | undefined;
  keys(): string[];
  /** Keys last written before a time. */
  olderThan(beforeMs: number): { key: string; revision: number }[];
}

export function createLiveKeys(): LiveKeys {
  /** Kept in order of writing, so that looking for old ones stops at the first young one. */
  const written = new Map<string, { atMs: number; revision: number }>();
  return {
    add(key, writtenAtMs, revision) {
      written.delete(key);
      written.set(key, { atMs: writtenAtMs, revision });
    },
    remove: (key) => void written.delete(key),
    revisionOf: (key) => written.get(key)?.revision,
    keys: () => [...written.keys()],
    olderThan(beforeMs) {
      const old: { key: string; revision: number }[] = [];
      for (const [key, { atMs, revision }] of written) {
        if (atMs >= beforeMs) break;
        old.push({ key, revision });
      }
      return old;
    },
  };
}
