import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Behaviour, MailboxMessage } from './behaviour.ts';
import { redelivered } from './conformance/redelivered.ts';
import { MemoryDeadLetters } from './memory/memory-dead-letters.ts';
import { MemoryMailbox } from './memory/memory-mailbox.ts';
import { MemorySnapshotStore } from './memory/memory-snapshot-store.ts';
import { ActorRuntime } from './runtime.ts';

/** Keeps what it has told, so that a recovery can tell what the world missed. */
interface Diary {
  total: number;
  told: string[];
}
type Word = 'start' | 'stop' | 'boom' | number;

const diary: Behaviour<Diary, Word, string, undefined> = {
  initial: () => ({ total: 0, told: [] }),
  opens: (word) => word === 'start',
  decide({ total, told }, { actorId, sequence, message }) {
    if (message === 'boom') throw new Error('boom');
    const sum = total + (typeof message === 'number' ? message : 0);
    const effect = `${actorId}#${sequence}=${sum}`;
    return { state: { total: sum, told: [...told, effect] }, effects: [effect], finished: message === 'stop' };
  },
  recovered(state, recalled) {
    const known = recalled as ReadonlySet<string>;
    return { state, effects: state.told.filter((effect) => !known.has(effect)) };
  },
};

/** A broker, a world and two owners that may fail at every step. */
class Chaos {
  readonly mailbox = new MemoryMailbox<Word>(() => 0);
  readonly written: MailboxMessage<Word>[] = [];
  readonly snapshots = new MemorySnapshotStore<Diary>();
  readonly deadLetters = new MemoryDeadLetters<Word>();
  readonly world = new Set<string>();
  readonly owners: ActorRuntime<Diary, Word, string, undefined>[];
  #fault: string = 'none';
  #acked = 0;
  #delivered = 0;
  #lastOwner = 0;

  constructor(snapshotTurnsMax: number) {
    this.owners = [0, 1].map(() => this.#owner(snapshotTurnsMax));
  }

  #owner(turnsMax: number) {
    return new ActorRuntime<Diary, Word, string, undefined>({
      behaviour: diary,
      snapshots: {
        load: (actorId) => this.snapshots.load(actorId),
        remove: (actorId, expected) => this.snapshots.remove(actorId, expected),
        save: async (...saving) => {
          if (this.#fault === 'before snapshot') throw new Error('crashed before a snapshot');
          const revision = await this.snapshots.save(...saving);
          if (this.#fault === 'after snapshot') throw new Error('crashed after a snapshot');
          return revision;
        },
      },
      journal: this.mailbox,
      recall: { recall: async () => new Set(this.world) },
      effects: {
        perform: async (effects) => {
          if (this.#fault === 'before effects') throw new Error('crashed before the effects');
          for (const { effect } of effects) {
            this.world.add(effect);
            if (this.#fault === 'amid effects') throw new Error('crashed amid the effects');
          }
        },
        forget: () => {},
      },
      deadLetters: this.deadLetters,
      surroundings: () => undefined,
      limits: {
        snapshot: { turnsMax, bytesMax: Infinity, dirtyMsMax: Infinity },
        supervision: { retriesMax: 1, setAsideMax: Infinity },
      },
    });
  }

  write(actorId: string, word: Word): void {
    const first = !this.written.some((message) => message.actorId === actorId);
    this.written.push(this.mailbox.append(actorId, first ? 'start' : word));
  }

  /** Hands the oldest unacknowledged messages to an owner, as a pinned consumer with ack policy all would. */
  async deliver(owner: number, countMax: number, fault: string): Promise<void> {
    const batch = this.written.slice(this.#acked, this.#acked + countMax);
    const last = batch.at(-1)?.sequence;
    if (last === undefined) return;
    if (owner !== this.#lastOwner) this.owners[owner]!.dropPartition('00');
    this.#lastOwner = owner;
    const handed = batch.map((message) => (message.sequence <= this.#delivered ? redelivered([message])[0]! : message));
    this.#delivered = Math.max(this.#delivered, last);
    this.#fault = fault;
    const runtime = this.owners[owner]!;
    const done = await runtime.runBatch('00', handed).then(
      () => true,
      () => false,
    );
    this.#fault = 'none';
    const settled = Math.min(last, runtime.settledThrough('00') ?? 0);
    if (done && fault !== 'before ack') this.#acked = Math.max(this.#acked, settled);
    // Where something failed this owner dies before it tries again.
    if (settled < last) runtime.dropPartition('00');
  }

  /** Without faults, an owner loses at most one snapshot to the other's last; then it gets everything done. */
  async settle(): Promise<void> {
    await this.deliver(this.#lastOwner, Infinity, 'none');
    await this.deliver(this.#lastOwner, Infinity, 'none');
    expect(this.#acked).toBe(this.written.length);
  }

  /** What must have been told, and set aside, had nothing ever failed. */
  expected(): { told: Set<string>; setAside: Set<number> } {
    const [told, setAside] = [new Set<string>(), new Set<number>()];
    for (const [actorId, messages] of Map.groupBy(this.written, (message) => message.actorId)) {
      let total = 0;
      for (const { sequence, message } of messages) {
        if (message === 'boom') setAside.add(sequence);
        else told.add(`${actorId}#${sequence}=${(total += typeof message === 'number' ? message : 0)}`);
        if (message === 'stop') break;
      }
    }
    return { told, setAside };
  }
}

const owner = fc.constantFrom(0, 1);
const fault = fc.constantFrom(
  'none',
  'none',
  'before snapshot',
  'after snapshot',
  'before effects',
  'amid effects',
  'before ack',
);
const word = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 9 }) },
  { weight: 1, arbitrary: fc.constantFrom('stop' as const, 'boom' as const) },
);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('write' as const), actorId: fc.constantFrom('a', 'b', 'c'), word }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('deliver' as const), owner, countMax: fc.integer({ min: 1, max: 5 }), fault }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('passivate' as const, 'release' as const, 'drop' as const), owner }) },
);

describe('owners that crash anywhere', () => {
  it('tell the world exactly what one that never crashes would', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.constantFrom(1, 2, 3, 1000), async (steps, snapshotTurnsMax) => {
        const chaos = new Chaos(snapshotTurnsMax);
        for (const one of steps) {
          if (one.do === 'write') chaos.write(one.actorId, one.word);
          else if (one.do === 'deliver') await chaos.deliver(one.owner, one.countMax, one.fault);
          else if (one.do === 'passivate') await chaos.owners[one.owner]!.passivateIdle(Date.now() + 1e9);
          else if (one.do === 'release') await chaos.owners[one.owner]!.releasePartition('00');
          else chaos.owners[one.owner]!.dropPartition('00');
        }
        await chaos.settle();
        const { told, setAside } = chaos.expected();
        expect([...chaos.world].sort()).toEqual([...told].sort());
        expect(new Set(chaos.deadLetters.letters.map(({ message }) => message.sequence))).toEqual(setAside);
      }),
      { numRuns: 400 },
    );
  });
});
