import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MailboxMessage } from './behaviour.ts';
import { redelivered } from './conformance/redelivered.ts';
import { alwaysSaved, SumWorld, type Sum, type Word } from './conformance/sums.ts';
import { verdictOf } from './containment.ts';
import { RevisionConflict } from './ports.ts';
import type { ActorRuntime, ActorRuntimeOptions } from './runtime.ts';

const limits = { triesMax: 4, againMsFirst: 100, againMsMax: 15_000, conflictsMax: 3 };
type Runtime = ActorRuntime<Sum, Word, string, number>;
type Instead = Partial<ActorRuntimeOptions<Sum, Word, string, number>>;

describe('a verdict', () => {
  it('on what is not known to pass is to try again, later each time, and then to set aside', () => {
    expect([1, 2, 3, 4, 5].map((failures) => verdictOf(failures, false, limits))).toEqual([
      { do: 'again', afterMs: 100 },
      { do: 'again', afterMs: 200 },
      { do: 'again', afterMs: 400 },
      { do: 'again', afterMs: 800 },
      { do: 'set aside' },
    ]);
  });

  it('on what passes is to try again for ever, never later than the longest wait', () => {
    expect(verdictOf(1_000_000, true, limits)).toEqual({ do: 'again', afterMs: 15_000 });
  });
});

/** A world in which one step of the actor `bad` throws, while `broken`. */
class TroubledWorld extends SumWorld {
  broken = true;
  readonly passing = new Error('the stream is full');
  thrown: Error = new Error('nobody knows this');

  #check(actorId: string): void {
    if (this.broken && actorId === 'bad') throw this.thrown;
  }

  /** The ports, failing for `bad` at one of them. */
  failingAt(step: 'recall' | 'load' | 'read' | 'save' | 'perform', withEnd = true): Runtime {
    const instead: Instead = {
      recall: { recall: async (actorId) => (step === 'recall' && this.#check(actorId), this.recall.recall(actorId)) },
      snapshots: {
        load: async (actorId) => (step === 'load' && this.#check(actorId), this.snapshots.load(actorId)),
        save: async (...saving) => (step === 'save' && this.#check(saving[0]), this.snapshots.save(...saving)),
        remove: (actorId, expected) => this.snapshots.remove(actorId, expected),
      },
      journal: {
        read: async (actorId, after, before) => (
          step === 'read' && this.#check(actorId),
          this.mailbox.read(actorId, after, before)
        ),
      },
      effects: {
        perform: async (effects) => {
          if (step === 'perform') for (const { actorId } of effects) this.#check(actorId);
          await this.effects.perform(effects);
        },
        forget: (actorId) => this.effects.forget(actorId),
      },
      isPassing: (error) => error === this.passing,
      behaviour: withEnd
        ? {
            ...this.behaviour,
            setAside: (actorId, { total }, cause) => ({
              state: { total },
              effects: [`${actorId} ended: ${cause.step}: ${cause.reason}`],
              finished: true,
              keep: true,
            }),
          }
        : this.behaviour,
    };
    return this.runtime(step === 'save' ? alwaysSaved : {}, instead);
  }

  /** Mail that has a past: nothing goes the short way. */
  old(actorId: string, ...words: Word[]): MailboxMessage<Word>[] {
    return redelivered(this.mail(actorId, ...words));
  }

  get told(): string[] {
    return this.performed.flat();
  }
}

describe('an actor of which a step fails', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => vi.useRealTimers());

  describe.each(['recall', 'load', 'read', 'save', 'perform'] as const)('%s', (step) => {
    it('is alone with it: its neighbours go on, and only its messages stay unsettled', async () => {
      const w = new TroubledWorld();
      const runtime = w.failingAt(step);
      await runtime.runBatch('00', [...w.old('good', 'start', 5), ...w.old('bad', 'start', 3), ...w.old('fine', 'start')]);
      expect(w.told).toEqual(['good#1=0', 'good#2=5', 'fine#5=0']);
      expect(runtime.settledThrough('00')).toBe(2);
      await runtime.runBatch('00', w.mail('good', 6));
      expect(w.told.at(-1)).toBe('good#6=11');
      expect(runtime.settledThrough('00')).toBe(2);
    });
  });

  describe.each(['recall', 'load', 'read', 'perform'] as const)('%s', (step) => {
    it('tried again once it does not fail any more, has taken every message that came, in order', async () => {
      const w = new TroubledWorld();
      w.thrown = w.passing;
      const runtime = w.failingAt(step);
      await runtime.runBatch('00', w.old('bad', 'start', 3));
      await runtime.runBatch('00', w.mail('bad', 4));
      await vi.advanceTimersByTimeAsync(120_000);
      expect(runtime.parked()).toMatchObject([
        { actorId: 'bad', partition: '00', why: expect.stringContaining('full') as string },
      ]);
      expect(w.told).toEqual([]);
      w.broken = false;
      await runtime.runBatch('00', w.mail('bad', 5));
      await vi.advanceTimersByTimeAsync(15_000);
      expect(w.told).toEqual(['bad#1=0', 'bad#2=3', 'bad#3=7', 'bad#4=12']);
      expect(runtime.settledThrough('00')).toBe(Infinity);
      await runtime.runBatch('00', w.mail('bad', 1));
      expect(w.told.at(-1)).toBe('bad#5=13');
    });
  });

  it('by a snapshot that there is no room for now goes on, and is saved later', async () => {
    const w = new TroubledWorld();
    w.thrown = w.passing;
    const runtime = w.failingAt('save');
    await runtime.runBatch('00', w.old('bad', 'start', 3));
    expect(w.told).toEqual(['bad#1=0', 'bad#2=3']);
    expect(runtime.settledThrough('00')).toBe(Infinity);
    w.broken = false;
    await runtime.runBatch('00', w.mail('bad', 4));
    expect(await w.snapshots.load('bad')).toMatchObject({ state: { total: 7 }, sequence: 3 });
  });

  it.each(['save', 'perform'] as const)(
    '%s, with what nobody knows, ends in words after a few tries, and can be reopened',
    async (step) => {
      const w = new TroubledWorld();
      const runtime = w.failingAt(step);
      await runtime.runBatch('00', [...w.old('bad', 'start', 3), ...w.mail('good', 'start')]);
      await vi.advanceTimersByTimeAsync(1_500);
      // The end itself meets the same failure until it passes.
      expect(w.events.some(({ what }) => what === 'set_aside')).toBe(false);
      w.broken = false;
      await vi.advanceTimersByTimeAsync(15_000);
      expect(w.told).toEqual(['good#3=0', `bad ended: ${step}: Error: nobody knows this`]);
      expect(w.events).toContainEqual({
        what: 'set_aside',
        actorId: 'bad',
        step,
        reason: 'Error: nobody knows this',
        said: true,
      });
      expect(runtime.settledThrough('00')).toBe(Infinity);
      await runtime.runBatch('00', w.mail('bad', 4));
      expect(w.told).toHaveLength(2);
      await runtime.runBatch('00', w.mail('bad', 'again', 5));
      // From the state it was set aside with, as this actor's end changes nothing in it.
      expect(w.told.slice(-2)).toEqual(['bad#5=7', 'bad#6=12']);
    },
  );

  it('and whose end fails as well is let go after as many tries, so that it holds nobody up', async () => {
    const w = new TroubledWorld();
    const runtime = w.failingAt('perform');
    await runtime.runBatch('00', w.old('bad', 'start', 3));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(w.events.at(-1)).toEqual({
      what: 'set_aside',
      actorId: 'bad',
      step: 'perform',
      reason: 'Error: nobody knows this',
      said: false,
    });
    expect(runtime.settledThrough('00')).toBe(Infinity);
  });

  it.each(['load', 'save'] as const)('%s for good, be it that of its end, ends in words all the same', async (step) => {
    const w = new TroubledWorld();
    const runtime = w.failingAt(step);
    await runtime.runBatch('00', w.old('bad', 'start', 3));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(w.told).toEqual([`bad ended: ${step}: Error: nobody knows this`]);
    expect(w.events.at(-1)).toEqual({ what: 'set_aside', actorId: 'bad', step, reason: 'Error: nobody knows this', said: true });
    expect(runtime.settledThrough('00')).toBe(Infinity);
  });

  it('without an end of its own, has its messages set aside', async () => {
    const w = new TroubledWorld();
    const runtime = w.failingAt('perform', false);
    await runtime.runBatch('00', w.old('bad', 'start', 3));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(w.setAside.map(([word]) => word)).toEqual(['start', 3]);
    expect(runtime.settledThrough('00')).toBe(Infinity);
  });

  it.each([true, false])('that ended may be reopened: %s, so its last snapshot stays', async (keep) => {
    const w = new TroubledWorld();
    const setAside: NonNullable<typeof w.behaviour.setAside> = (_actorId, state) => ({
      state,
      effects: [],
      finished: true,
      keep,
    });
    const runtime = w.runtime(alwaysSaved, { behaviour: { ...w.behaviour, setAside } });
    await runtime.runBatch('00', w.mail('bad', 'start', 5));
    await runtime.runBatch('00', w.mail('bad', 'boom'));
    await vi.advanceTimersByTimeAsync(1);
    expect(w.events.at(-1)).toMatchObject({ what: 'set_aside', said: true });
    expect(w.snapshots.size).toBe(keep ? 1 : 0);
  });

  it('is tried no more once its partition is dropped', async () => {
    const w = new TroubledWorld();
    const runtime = w.failingAt('perform');
    await runtime.runBatch('00', w.old('bad', 'start', 3));
    runtime.dropPartition('00');
    w.broken = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(w.told).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('by a turn that keeps throwing ends as it was before that turn, with the message that did it', async () => {
    const w = new TroubledWorld();
    w.broken = false;
    const runtime = w.failingAt('perform');
    await runtime.runBatch('00', [...w.mail('a', 'start', 5, 'boom', 6), ...w.mail('b', 'start')]);
    await vi.advanceTimersByTimeAsync(1);
    expect(w.told).toEqual(['b#5=0', 'a ended: decide: Error: boom']);
    expect(w.setAside).toEqual([['boom', 'Error: boom']]);
    expect(await w.snapshots.load('a')).toMatchObject({ state: { total: 5 }, sequence: 4 });
  });
});

describe('an actor whose snapshots are lost again and again', () => {
  it('gives its partition up a few times, and then is alone with it', async () => {
    const w = new SumWorld();
    const conflict = new RevisionConflict('bad');
    const runtime = w.runtime(alwaysSaved, {
      snapshots: {
        load: (actorId) => w.snapshots.load(actorId),
        remove: async () => {},
        save: async (...saving) => (saving[0] === 'bad' ? Promise.reject(conflict) : w.snapshots.save(...saving)),
      },
    });
    const batch = [...w.mail('bad', 'start'), ...w.mail('good', 'start')];
    for (let tries = 0; tries < limits.conflictsMax; tries += 1)
      await expect(runtime.runBatch('00', redelivered(batch))).rejects.toBe(conflict);
    await runtime.runBatch('00', redelivered(batch));
    expect(runtime.settledThrough('00')).toBe(0);
    expect(runtime.activationCount).toBe(1);
    runtime.dropPartition('00');
  });
});

describe('without a message', () => {
  it('an actor in memory looks around when it is woken, and any other is left alone', async () => {
    const w = new SumWorld();
    const runtime = w.runtime(
      {},
      {
        behaviour: {
          ...w.behaviour,
          woken: ({ total }, batch) =>
            total === 9 ? undefined : { state: { total: total + 1 }, effects: [`woken in ${batch}`] },
        },
      },
    );
    await runtime.runBatch('00', [...w.mail('a', 'start', 5), ...w.mail('b', 'start', 7), ...w.mail('c', 'start', 9)]);
    await runtime.wake(({ total }) => total !== 7);
    expect(w.performed.at(-1)).toEqual(['woken in 2']);
    await runtime.runBatch('00', w.mail('a', 1));
    expect(w.performed.at(-1)).toEqual(['a#7=7']);
  });

  it('an actor is rebuilt from the world, and makes good what is missing there', async () => {
    const w = new SumWorld();
    const runtime = w.runtime();
    await runtime.runBatch('00', w.mail('a', 'start', 5));
    w.recall.found.set('a', 'nothing in WORK');
    expect(await runtime.rebuild('00', 'a')).toBe(true);
    expect(await runtime.rebuild('01', 'a')).toBe(false);
    expect(w.performed.at(-1)).toEqual(['found nothing in WORK']);
    await runtime.runBatch('00', w.mail('a', 1));
    expect(w.performed.at(-1)).toEqual(['a#3=6']);
  });

  it('but not by an owner that was replaced and still has it in memory', async () => {
    const w = new SumWorld();
    const runtime = w.runtime();
    let isOurs = true;
    await runtime.runBatch('00', w.mail('a', 'start', 5), () => isOurs);
    w.recall.found.set('a', 'nothing in WORK');
    expect(runtime.holds('00')).toBe(true);
    isOurs = false;
    expect(runtime.holds('00')).toBe(false);
    expect(await runtime.rebuild('00', 'a')).toBe(false);
    expect(w.performed.flat()).not.toContain('found nothing in WORK');
  });
});

describe('a finished actor', () => {
  it('that may be reopened keeps its last snapshot, and is reopened from it', async () => {
    const w = new SumWorld();
    const decide: typeof w.behaviour.decide = (...args) => {
      const decision = w.behaviour.decide(...args);
      return decision.finished ? { ...decision, keep: true } : decision;
    };
    const runtime = w.runtime({}, { behaviour: { ...w.behaviour, decide } });
    await runtime.runBatch('00', w.mail('a', 'start', 5, 'stop'));
    expect(await w.snapshots.load('a')).toMatchObject({ state: { total: 5 }, sequence: 3 });
    expect(w.events).toContainEqual({ what: 'ended', actorId: 'a', through: 3, kept: true, state: { total: 5 } });
    await runtime.runBatch('00', w.mail('a', 'again', 2));
    expect(w.calls.slice(-6)).toEqual(['load', 'read 3..4', 'recovered 5', 'decide again', 'decide 2', 'perform 2']);
  });

  // Seen: a crash between the snapshot of both and the effects, and no owner knew of the end any more.
  it('has all that its end led to done before a snapshot holds that it is reopened, also in one batch', async () => {
    const w = new SumWorld();
    const runtime = w.runtime(alwaysSaved);
    await runtime.runBatch('00', w.mail('a', 'start', 5, 'stop', 'again', 2));
    const steps = w.calls.filter((call) => /^(save|perform)/.test(call));
    expect(steps).toEqual(['perform 3', 'save 7', 'perform 2']);
    expect(w.performed.flat()).toEqual(['a#1=0', 'a#2=5', 'a#3=5', 'a#4=5', 'a#5=7']);
  });

  it('is remembered no longer than its partition is held: elsewhere it may have been reopened', async () => {
    const w = new SumWorld();
    const [a, b] = [w.runtime(), w.runtime()];
    await a.runBatch('00', w.mail('x', 'start', 5, 'stop'));
    a.dropPartition('00');
    await b.runBatch('00', w.mail('x', 'again', 1));
    await b.releasePartition('00');
    await a.runBatch('00', w.mail('x', 2));
    expect(w.performed.at(-1)).toEqual(['x#6=8']);
  });
});

describe('an actor that is set aside', () => {
  it('ends as often as it was to be brought back, also when what it was is known no more', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const w = new TroubledWorld();
    const behaviour: typeof w.behaviour = {
      ...w.behaviour,
      reopens: (word) => word === 7,
      setAside: (actorId, { total }, cause) => ({
        state: { total: total + 100 },
        effects: [`${actorId} ended at ${total + 100}: ${cause.step}`],
        finished: true,
      }),
    };
    const failing = async () => Promise.reject(new Error('nobody knows this'));
    const runtime = w.runtime(alwaysSaved, {
      behaviour,
      snapshots: { load: failing, save: async () => 1, remove: async () => undefined },
    });
    // The first comes late; then it is to be brought back twice.
    await runtime.runBatch('00', w.old('bad', 3, 'start', 7, 7));
    await vi.runAllTimersAsync();
    vi.useRealTimers();
    expect(w.told).toEqual(['bad ended at 314: load']);
    expect(runtime.settledThrough('00')).toBe(Infinity);
  });
});

describe('an actor whose beginning is lost', () => {
  const lost: Partial<ActorRuntimeOptions<Sum, Word, string, number>>['snapshots'] = {
    load: async () => ({ sequence: 0, revision: 7, unreadable: true }),
    save: async () => 8,
    remove: async () => undefined,
  };

  it('is set aside from what else is known of it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const w = new TroubledWorld();
    const salvaged: unknown[] = [];
    const runtime = w.runtime(
      {},
      {
        snapshots: lost,
        salvage: async (...asked) => (salvaged.push(asked), { total: 40 }),
        behaviour: {
          ...w.behaviour,
          setAside: (actorId, { total }, cause) => ({
            state: { total },
            effects: [`${actorId} ended at ${total}: ${cause.reason}`],
            finished: true,
          }),
        },
      },
    );
    await runtime.runBatch('00', w.old('bad', 5));
    await vi.runAllTimersAsync();
    vi.useRealTimers();
    expect(salvaged).toEqual([['bad', false]]);
    expect(w.told).toEqual([
      expect.stringMatching(/^bad ended at 40: BeginningLost: its saved state is missing or cannot be read/),
    ]);
    expect(runtime.settledThrough('00')).toBe(Infinity);
  });

  it('is none whose first message is at hand, or of whom nobody has ever heard', async () => {
    const w = new TroubledWorld();
    await w.runtime({}, { snapshots: lost }).runBatch('00', w.old('fresh', 'start', 2));
    await w.runtime().runBatch('00', w.old('stray', 5));
    expect(w.told).toEqual(['fresh#1=0', 'fresh#2=2', 'stray#3=5']);
  });

  it('with a state like the one nobody has written to is not saved', async () => {
    const w = new TroubledWorld();
    const initial = w.behaviour.initial('stray');
    const runtime = w.runtime(alwaysSaved, {
      behaviour: { ...w.behaviour, initial: () => initial, decide: () => ({ state: initial, effects: [] }) },
    });
    await runtime.runBatch('00', w.old('stray', 5));
    expect(await w.snapshots.load('stray')).toBeUndefined();
  });
});
