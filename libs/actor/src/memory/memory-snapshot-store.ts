import { RevisionConflict, type RemovedSnapshot, type Snapshot, type SnapshotStore } from '../ports.ts';

/** Snapshots in memory, kept as JSON text like on the wire, so a state that JSON cannot carry shows up in tests. */
export class MemorySnapshotStore<State> implements SnapshotStore<State> {
  readonly #stored = new Map<string, { text?: string; revision: number }>();
  #lastRevision = 0;

  /** Actors with a stored snapshot. */
  get size(): number {
    return [...this.#stored.values()].filter(({ text }) => text !== undefined).length;
  }

  async load(actorId: string): Promise<Snapshot<State> | RemovedSnapshot | undefined> {
    const stored = this.#stored.get(actorId);
    if (stored === undefined) return undefined;
    if (stored.text === undefined) return { sequence: 0, revision: stored.revision };
    const { state, sequence } = JSON.parse(stored.text) as { state: State; sequence: number };
    return { state, sequence, revision: stored.revision };
  }

  async save(actorId: string, snapshot: { state: State; sequence: number }, expectedRevision: number): Promise<number> {
    if ((this.#stored.get(actorId)?.revision ?? 0) !== expectedRevision) throw new RevisionConflict(actorId);
    const revision = ++this.#lastRevision;
    this.#stored.set(actorId, { text: JSON.stringify({ state: snapshot.state, sequence: snapshot.sequence }), revision });
    return revision;
  }

  async remove(actorId: string, expectedRevision: number): Promise<void> {
    if ((this.#stored.get(actorId)?.revision ?? 0) !== expectedRevision) return;
    this.#stored.set(actorId, { revision: ++this.#lastRevision });
  }
}
