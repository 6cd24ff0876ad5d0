/**
 * The actor of the runtime's own tests, in a world of memory adapters: it adds numbers up and publishes each new total.
 *
 * `start` opens, `stop` ends, `again` brings back, `boom` throws as long as `fuse` lasts. An effect is `<actor>#<sequence>=<total>`, so a turn taken on a
 * wrong state shows.
 */
import type { Behaviour, MailboxMessage } from '../behaviour.ts';
import type { RuntimeLimits } from '../limits.ts';
import { MemoryDeadLetters } from '../memory/memory-dead-letters.ts';
import { MemoryEffects } from '../memory/memory-effects.ts';
import { MemoryMailbox } from '../memory/memory-mailbox.ts';
import { MemoryRecall } from '../memory/memory-recall.ts';
import { MemorySnapshotStore } from '../memory/memory-snapshot-store.ts';
import { ActorRuntime, type ActorRuntimeOptions } from '../runtime.ts';
import type { ActorEvent } from '../world.ts';

export interface Sum {
  total: number;
}
export type Word = 'start' | 'stop' | 'again' | 'boom' | number;
type Options = ActorRuntimeOptions<Sum, Word, string, number>;

/** Snapshots are never due. */
export const neverSaved: Partial<RuntimeLimits> = { snapshot: { turnsMax: Infinity, bytesMax: Infinity, dirtyMsMax: Infinity } };
/** Every turn is saved. */
export const alwaysSaved: Partial<RuntimeLimits> = { snapshot: { turnsMax: 1, bytesMax: Infinity, dirtyMsMax: Infinity } };

export class SumWorld {
  nowMs = 1_000;
  /** How often `boom` still throws. */
  fuse = Infinity;
  /** Batches whose turns were given surroundings. */
  batchCount = 0;
  /** What happened at the ports and in the behaviour, in order. */
  readonly calls: string[] = [];
  readonly events: ActorEvent[] = [];
  readonly snapshots = new MemorySnapshotStore<Sum>();
  readonly mailbox = new MemoryMailbox<Word>(() => this.nowMs);
  readonly recall = new MemoryRecall();
  readonly effects = new MemoryEffects<string>();
  readonly deadLetters = new MemoryDeadLetters<Word>();

  readonly behaviour: Behaviour<Sum, Word, string, number> = {
    initial: () => ({ total: 0 }),
    opens: (word) => word === 'start',
    reopens: (word) => word === 'again',
    decide: ({ total }, { actorId, sequence, message }) => {
      this.calls.push(`decide ${message}`);
      if (message === 'boom' && this.fuse-- > 0) throw new Error('boom');
      const sum = total + (typeof message === 'number' ? message : 0);
      return { state: { total: sum }, effects: [`${actorId}#${sequence}=${sum}`], finished: message === 'stop' };
    },
    recovered: (state, recalled) => {
      this.calls.push(`recovered ${state.total}`);
      return { state, effects: recalled === undefined ? [] : [`found ${String(recalled)}`], finished: recalled === 'its end' };
    },
  };

  runtime(limits: Partial<RuntimeLimits> = {}, instead: Partial<Options> = {}): ActorRuntime<Sum, Word, string, number> {
    const { calls, snapshots, mailbox, recall } = this;
    return new ActorRuntime<Sum, Word, string, number>({
      behaviour: this.behaviour,
      recall: { recall: (actorId) => (calls.push('recall'), recall.recall(actorId)) },
      snapshots: {
        load: (actorId) => (calls.push('load'), snapshots.load(actorId)),
        save: (actorId, snapshot, expected) => (
          calls.push(`save ${snapshot.state.total}`),
          snapshots.save(actorId, snapshot, expected)
        ),
        remove: (actorId, expected) => (calls.push('remove'), snapshots.remove(actorId, expected)),
      },
      journal: {
        read: (actorId, after, before) => (calls.push(`read ${after}..${before}`), mailbox.read(actorId, after, before)),
      },
      effects: {
        perform: (effects) => (calls.push(`perform ${effects.length}`), this.effects.perform(effects)),
        forget: (actorId) => this.effects.forget(actorId),
      },
      deadLetters: this.deadLetters,
      surroundings: () => ++this.batchCount,
      nowMs: () => this.nowMs,
      observed: (event) => this.events.push(event),
      limits,
      ...instead,
    });
  }

  /** Stores words in an actor's mailbox, as a batch delivered for the first time. */
  mail(actorId: string, ...words: Word[]): MailboxMessage<Word>[] {
    return words.map((word) => this.mailbox.append(actorId, word));
  }

  /** Effects performed, by unit of work. */
  get performed(): string[][] {
    return this.effects.performed.map((unit) => unit.map(({ effect }) => effect));
  }

  get setAside(): [Word, string][] {
    return this.deadLetters.letters.map(({ message, reason }) => [message.message, reason]);
  }
}
