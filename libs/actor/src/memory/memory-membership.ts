import type { Membership } from '../ports.ts';

/** Members that see each other in memory. */
export class MemoryCluster {
  readonly #members = new Set<string>();
  readonly #watchers = new Set<(members: readonly string[]) => void>();

  /** Adds a live member; joining twice under one id is joining once. */
  join(self: string): Membership {
    this.#members.add(self);
    this.#changed();
    return {
      self,
      watch: async (changed) => {
        this.#watchers.add(changed);
        changed(this.#alive());
        return async () => void this.#watchers.delete(changed);
      },
    };
  }

  /** A member left or died. */
  leave(self: string): void {
    if (this.#members.delete(self)) this.#changed();
  }

  #alive(): string[] {
    return [...this.#members].sort();
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher(this.#alive());
  }
}
