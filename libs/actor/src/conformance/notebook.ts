/**
 * The actor of the runtime suite, and an owner that runs it: a notebook that stores each note and publishes it.
 *
 * `open` can only be the first note, `close` ends the notebook, `tear` throws. Each note's effect has the note as its id, so effects
 * performed again are seen to be the same ones.
 */
import type { Behaviour, MailboxMessage } from '../behaviour.ts';
import type { RuntimeLimits } from '../limits.ts';
import { MemoryDeadLetters } from '../memory/memory-dead-letters.ts';
import { MemoryEffects } from '../memory/memory-effects.ts';
import { ActorRuntime } from '../runtime.ts';
import type { SnapshotStore } from '../ports.ts';
import type { ActorEvent } from '../world.ts';
import type { Note, Notebook, RuntimeAdapters } from './adapters.ts';

const notebook: Behaviour<Notebook, Note, string, undefined> = {
  initial: () => ({ notes: [] }),
  opens: ({ text }) => text === 'open',
  decide(state, { message: { text } }) {
    if (text === 'tear') throw new Error('the page tore');
    return { state: { notes: [...state.notes, text] }, effects: [text], finished: text === 'close' };
  },
  /** Publishes again what the world does not have. */
  recovered(state, recalled) {
    const known = new Set(recalled as readonly string[]);
    return { state, effects: state.notes.filter((note) => !known.has(note)), finished: state.notes.at(-1) === 'close' };
  },
};

/** Every actor is saved after this many turns, and never for its age. */
export function savedEvery(turnsMax: number): Partial<RuntimeLimits> {
  return { snapshot: { turnsMax, bytesMax: Number.MAX_SAFE_INTEGER, dirtyMsMax: Number.MAX_SAFE_INTEGER } };
}

/** One process that may own the partition; several share one world through the same adapters. */
export class Owner {
  readonly effects = new MemoryEffects<string>();
  readonly deadLetters = new MemoryDeadLetters<Note>();
  readonly events: ActorEvent[] = [];
  readonly loaded: string[] = [];
  readonly runtime: ActorRuntime<Notebook, Note, string, undefined>;

  /** `told`: what the world knows of each actor, found by a recall. */
  constructor(adapters: RuntimeAdapters, told: ReadonlyMap<string, readonly string[]>, limits: Partial<RuntimeLimits> = {}) {
    const snapshots: SnapshotStore<Notebook> = {
      load: (actorId) => (this.loaded.push(actorId), adapters.snapshots.load(actorId)),
      save: (actorId, snapshot, expectedRevision) => adapters.snapshots.save(actorId, snapshot, expectedRevision),
      remove: (actorId, expectedRevision) => adapters.snapshots.remove(actorId, expectedRevision),
    };
    this.runtime = new ActorRuntime({
      behaviour: notebook,
      snapshots,
      journal: adapters.journal,
      recall: { recall: async (actorId) => told.get(actorId) ?? [] },
      effects: this.effects,
      deadLetters: this.deadLetters,
      surroundings: () => undefined,
      observed: (event) => this.events.push(event),
      limits,
    });
  }

  run(batch: readonly MailboxMessage<Note>[]): Promise<void> {
    return this.runtime.runBatch('00', batch);
  }

  /** Effects performed, in order. */
  get performed(): string[] {
    return this.effects.performed.flat().map(({ effect }) => effect);
  }

  get replayed(): number[] {
    return this.events.flatMap((event) => (event.what === 'activated' ? [event.replayed] : []));
  }
}
