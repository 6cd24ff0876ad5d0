import { describe, expect, it } from 'vitest';
import type { Behaviour, MailboxMessage } from './behaviour.ts';
import type { RuntimeLimits } from './limits.ts';
import { MemoryDeadLetters } from './memory/memory-dead-letters.ts';
import { MemoryEffects } from './memory/memory-effects.ts';
import { MemoryMailbox } from './memory/memory-mailbox.ts';
import { MemoryRecall } from './memory/memory-recall.ts';
import { MemorySnapshotStore } from './memory/memory-snapshot-store.ts';
import { RevisionConflict } from './ports.ts';
import { ActorRuntime } from './runtime.ts';
import type { ActorEvent } from './world.ts';

/** Adds numbers up. `start` opens, `stop` ends, `boom` throws while `fuse` burns. */
type Sum = { total: number };
type Word = 'start' | 'stop' | 'boom' | number;

class Fixture {
  nowMs = 1_000;
  /** Decides of `boom` that still throw. */
  fuse = Infinity;
  readonly decided: string[] = [];
  readonly events: ActorEvent[] = [];
  readonly snapshots = new MemorySnapshotStore<Sum>();
  readonly mailbox = new MemoryMailbox<Word>(() => this.nowMs);
  readonly recall = new MemoryRecall();
  readonly effects = new MemoryEffects<string>();
  readonly deadLetters = new MemoryDeadLetters<Word>();
  readonly behaviour: Behaviour<Sum, Word, string, { tag: string }> = {
    initial: () => ({ total: 0 }),
    opens: (message) => message === 'start',
    decide: (state, { actorId, sequence, message }, { tag }) => {
      this.decided.push(`${actorId}:${message}`);
      if (message === 'boom' && this.fuse-- > 0) throw new Error('boom');
      const total = state.total + (typeof message === 'number' ? message : 0);
      return { state: { total }, effects: [`${tag}${actorId}#${sequence}=${total}`], finished: message === 'stop' };
    },
    recovered: (state, recalled) => ({
      state,
      effects: recalled === undefined ? [] : [`found ${String(recalled)}`],
      finished: recalled === 'ended',
    }),
  };

  runtime(limits: Partial<RuntimeLimits> = {}) {
    return new ActorRuntime<Sum, Word, string, { tag: string }>({
      behaviour: this.behaviour,
      snapshots: this.snapshots,
      journal: this.mailbox,
      recall: this.recall,
      effects: this.effects,
      deadLetters: this.deadLetters,
      surroundings: () => ({ tag: '' }),
      nowMs: () => this.nowMs,
      observed: (event) => this.events.push(event),
      limits,
    });
  }

  mail(actorId: string, ...words: Word[]): MailboxMessage<Word>[] {
    return words.map((word) => this.mailbox.append(actorId, word));
  }

  get performed(): string[][] {
    return this.effects.performed.map((unit) => unit.map(({ effect }) => effect));
  }
}

function again<Message>(messages: readonly MailboxMessage<Message>[]): MailboxMessage<Message>[] {
  return messages.map((message) => ({ ...message, redelivered: true }));
}

describe('a batch', () => {
  it('performs the effects of all its actors as one unit, in order', async () => {
    const f = new Fixture();
    await f.runtime().runBatch('00', [...f.mail('a', 'start'), ...f.mail('b', 'start'), ...f.mail('a', 5), ...f.mail('b', 7, 1)]);
    expect(f.performed).toEqual([['a#1=0', 'a#3=5', 'b#2=0', 'b#4=7', 'b#5=8']]);
  });

  it('continues with what is in memory', async () => {
    const f = new Fixture();
    const runtime = f.runtime();
    await runtime.runBatch('00', f.mail('a', 'start', 2));
    await runtime.runBatch('00', f.mail('a', 3));
    expect(f.performed.flat()).toEqual(['a#1=0', 'a#2=2', 'a#3=5']);
    expect(runtime.activationCount).toBe(1);
  });

  it('that fails to perform leaves no activation behind and is taken again with the same effects', async () => {
    const f = new Fixture();
    const runtime = f.runtime();
    const batch = f.mail('a', 'start', 2);
    f.effects.failNext(new Error('the server is away'));
    await expect(runtime.runBatch('00', batch)).rejects.toThrow('the server is away');
    expect(runtime.activationCount).toBe(0);
    await runtime.runBatch('00', again(batch));
    expect(f.performed).toEqual([['a#1=0', 'a#2=2']]);
  });

  it('with a lost snapshot performs nothing', async () => {
    const f = new Fixture();
    const runtime = f.runtime({ snapshot: { turnsMax: 2, bytesMax: 1e9, dirtyMsMax: 1e9 } });
    await runtime.runBatch('00', f.mail('a', 'start'));
    await f.snapshots.save('a', { state: { total: 99 }, sequence: 1 }, 0);
    await expect(runtime.runBatch('00', f.mail('a', 4))).rejects.toThrow(RevisionConflict);
    expect(f.performed).toEqual([['a#1=0']]);
  });
});
