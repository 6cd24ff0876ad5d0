import { describe, expect, it } from 'vitest';
import { redelivered } from './conformance/redelivered.ts';
import { alwaysSaved, neverSaved, SumWorld, type Sum, type Word } from './conformance/sums.ts';
import { RevisionConflict } from './ports.ts';
import { ActorRuntime } from './runtime.ts';

describe('a batch', () => {
  it('performs the effects of all its actors as one unit, an actor at a time', async () => {
    const w = new SumWorld();
    await w.runtime().runBatch('00', [...w.mail('a', 'start'), ...w.mail('b', 'start'), ...w.mail('a', 5), ...w.mail('b', 7, 1)]);
    expect(w.performed).toEqual([['a#1=0', 'a#3=5', 'b#2=0', 'b#4=7', 'b#5=8']]);
  });

  it('decides everything, then saves, then performs', async () => {
    const w = new SumWorld();
    await w.runtime(alwaysSaved).runBatch('00', [...w.mail('a', 'start', 5), ...w.mail('b', 'start')]);
    expect(w.calls).toEqual(['decide start', 'decide 5', 'decide start', 'save 5', 'save 0', 'perform 3']);
  });

  it('asks for its surroundings once', async () => {
    const w = new SumWorld();
    await w.runtime().runBatch('00', [...w.mail('a', 'start', 5), ...w.mail('b', 'start')]);
    expect(w.batchCount).toBe(1);
  });

  it('continues with what is in memory, without a read', async () => {
    const w = new SumWorld();
    const runtime = w.runtime();
    await runtime.runBatch('00', w.mail('a', 'start', 2));
    await runtime.runBatch('00', w.mail('a', 3));
    expect(w.performed.flat()).toEqual(['a#1=0', 'a#2=2', 'a#3=5']);
    expect(w.calls).toEqual(['decide start', 'decide 2', 'perform 2', 'decide 3', 'perform 1']);
  });

  it('without an effect performs nothing', async () => {
    const w = new SumWorld();
    await w.runtime().runBatch('00', []);
    expect(w.calls).toEqual([]);
  });

  it('that could not perform leaves no activation and is not settled, and taken again performs the same effects', async () => {
    const w = new SumWorld();
    const runtime = w.runtime();
    const batch = w.mail('a', 'start', 2);
    w.effects.failNext(new Error('the server is away'));
    await runtime.runBatch('00', batch);
    expect(runtime.activationCount).toBe(0);
    expect(runtime.settledThrough('00')).toBe(0);
    runtime.dropPartition('00');
    await runtime.runBatch('00', redelivered(batch));
    expect(runtime.settledThrough('00')).toBe(Infinity);
    expect(w.performed).toEqual([['a#1=0', 'a#2=2']]);
  });

  it('that loses one snapshot performs no effect of that actor, and all activations of the partition are dropped', async () => {
    const w = new SumWorld();
    const runtime = w.runtime(alwaysSaved);
    await runtime.runBatch('00', [...w.mail('a', 'start'), ...w.mail('b', 'start'), ...w.mail('bystander', 'start')]);
    await runtime.runBatch('01', w.mail('elsewhere', 'start'));
    await w.snapshots.save('a', { state: { total: 99 }, sequence: 1 }, (await w.snapshots.load('a'))!.revision);
    await expect(runtime.runBatch('00', [...w.mail('a', 4), ...w.mail('b', 4)])).rejects.toThrow(RevisionConflict);
    expect(w.performed.at(-1)).toEqual(['b#6=4']);
    expect(runtime.activationCount).toBe(1);
    expect(w.effects.forgotten.sort()).toEqual(['a', 'b', 'bystander']);
  });

  it('takes a message twice in it only once', async () => {
    const w = new SumWorld();
    const [start, five] = w.mail('a', 'start', 5);
    await w.runtime().runBatch('00', [start!, five!, { ...five!, redelivered: true }]);
    expect(w.performed).toEqual([['a#1=0', 'a#2=5']]);
  });
});

describe('a snapshot in a batch', () => {
  it('is saved once the state has been unsaved for long enough, and then not again until it changes for as long', async () => {
    const w = new SumWorld();
    const runtime = w.runtime();
    await runtime.runBatch('00', w.mail('a', 'start'));
    w.nowMs += 1_999;
    await runtime.runBatch('00', w.mail('a', 1));
    expect(w.snapshots.size).toBe(0);
    w.nowMs += 1;
    await runtime.runBatch('00', w.mail('a', 2));
    expect(await w.snapshots.load('a')).toMatchObject({ state: { total: 3 }, sequence: 3 });
    w.nowMs += 1_999;
    await runtime.runBatch('00', w.mail('a', 4));
    expect(w.calls.filter((call) => call.startsWith('save'))).toEqual(['save 3']);
  });

  it('waits again from the first turn after the last one, however long the actor was idle between', async () => {
    const w = new SumWorld();
    const runtime = w.runtime();
    await runtime.runBatch('00', w.mail('a', 'start'));
    w.nowMs += 2_000;
    await runtime.runBatch('00', w.mail('a', 1));
    w.nowMs += 50_000;
    await runtime.runBatch('00', w.mail('a', 2));
    expect(w.calls.filter((call) => call.startsWith('save'))).toEqual(['save 1']);
  });

  it('is saved once its messages are large enough', async () => {
    const w = new SumWorld();
    const runtime = w.runtime({ snapshot: { turnsMax: 1000, bytesMax: 100, dirtyMsMax: 1e9 } });
    const sized = (...words: Word[]) => w.mail('a', ...words).map((message) => ({ ...message, bytes: 40 }));
    await runtime.runBatch('00', sized('start', 1));
    expect(w.snapshots.size).toBe(0);
    await runtime.runBatch('00', sized(2));
    expect(w.snapshots.size).toBe(1);
  });

  it('is not saved for an actor that finishes', async () => {
    const w = new SumWorld();
    await w.runtime(alwaysSaved).runBatch('00', w.mail('a', 'start', 'stop'));
    expect(w.calls).toEqual(['decide start', 'decide stop', 'perform 2']);
  });
});

describe('an activation', () => {
  it('is rebuilt in this order: recall, snapshot, journal, recovered', async () => {
    const w = new SumWorld();
    await w.runtime(alwaysSaved).runBatch('00', w.mail('a', 'start', 5));
    await w.runtime(neverSaved).runBatch('00', w.mail('a', 7));
    w.calls.length = 0;
    await w.runtime().runBatch('00', w.mail('a', 1));
    expect(w.calls).toEqual(['recall', 'load', 'read 2..4', 'decide 7', 'recovered 12', 'decide 1', 'perform 1']);
    expect(w.performed.at(-1)).toEqual(['a#4=13']);
  });

  it('is told when it is rebuilt of the messages it will be handed next, and of none that are in its state', async () => {
    const w = new SumWorld();
    const had = w.mail('a', 'start', 5);
    await w.runtime(alwaysSaved).runBatch('00', had);
    const told: number[][] = [];
    const recovered: typeof w.behaviour.recovered = (state, recalled, surroundings, atHand) => {
      told.push(atHand.map(({ sequence }) => sequence));
      return w.behaviour.recovered(state, recalled, surroundings, atHand);
    };
    await w.runtime({}, { behaviour: { ...w.behaviour, recovered } }).runBatch('00', [...redelivered(had), ...w.mail('a', 7, 8)]);
    expect(told).toEqual([[3, 4]]);
  });

  it('performs what recovering asks for before the effects of its turns', async () => {
    const w = new SumWorld();
    w.recall.found.set('a', 'a lease');
    await w.runtime().runBatch('00', redelivered(w.mail('a', 'start', 5)));
    expect(w.performed).toEqual([['found a lease', 'a#1=0', 'a#2=5']]);
  });

  it('takes the saved state even where it is nothing', async () => {
    const w = new SumWorld();
    const saved: unknown[] = [];
    const runtime = new ActorRuntime<Sum | null, Word, string, number>({
      behaviour: {
        ...w.behaviour,
        initial: () => ({ total: 99 }),
        decide: (state) => ({ state, effects: [] }),
        recovered: (state) => (saved.push(state), { state, effects: [] }),
      },
      snapshots: { load: async () => ({ state: null, sequence: 0, revision: 7 }), save: async () => 8, remove: async () => {} },
      journal: w.mailbox,
      recall: w.recall,
      effects: w.effects,
      deadLetters: w.deadLetters,
      surroundings: () => 0,
    });
    await runtime.runBatch('00', w.mail('a', 5));
    expect(saved).toEqual([null]);
  });

  it('that recovering finds finished takes no turn and goes', async () => {
    const w = new SumWorld();
    w.recall.found.set('a', 'its end');
    const runtime = w.runtime();
    await runtime.runBatch('00', redelivered(w.mail('a', 'start', 5)));
    expect(w.performed).toEqual([['found its end']]);
    expect(runtime.activationCount).toBe(0);
  });

  it('replays nothing after the turn that finished it', async () => {
    const w = new SumWorld();
    await w.runtime().runBatch('00', w.mail('a', 'start', 'stop'));
    w.mail('a', 6);
    w.calls.length = 0;
    const runtime = w.runtime();
    await runtime.runBatch('00', w.mail('a', 7));
    expect(w.calls).toEqual(['recall', 'load', 'read 0..4', 'decide start', 'decide stop', 'recovered 0', 'remove']);
    expect(runtime.activationCount).toBe(0);
  });
});

describe('a finished actor', () => {
  it('loses its snapshot after its effects were performed', async () => {
    const w = new SumWorld();
    const runtime = w.runtime(alwaysSaved);
    await runtime.runBatch('00', w.mail('a', 'start'));
    await runtime.runBatch('00', w.mail('a', 'stop'));
    expect(w.calls.slice(-2)).toEqual(['perform 1', 'remove']);
    expect(w.snapshots.size).toBe(0);
    expect(w.effects.forgotten).toEqual(['a']);
  });

  it('is remembered: a late message costs no read', async () => {
    const w = new SumWorld();
    const runtime = w.runtime();
    await runtime.runBatch('00', w.mail('a', 'start', 'stop'));
    w.calls.length = 0;
    await runtime.runBatch('00', w.mail('a', 8));
    expect(w.calls).toEqual([]);
  });

  it('whose last effects failed is not remembered', async () => {
    const w = new SumWorld();
    const runtime = w.runtime();
    const batch = w.mail('a', 'start', 'stop');
    w.effects.failNext(new Error('away'));
    await runtime.runBatch('00', batch);
    runtime.dropPartition('00');
    await runtime.runBatch('00', redelivered(batch));
    expect(w.performed).toEqual([['a#1=0', 'a#2=0']]);
  });
});
