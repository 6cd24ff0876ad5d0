import { describe, expect, it } from 'vitest';
import { redelivered } from './conformance/redelivered.ts';
import { neverSaved, SumWorld } from './conformance/sums.ts';

describe('a turn that throws', () => {
  it('is taken again on a rebuilt activation, up to three times', async () => {
    const w = new SumWorld();
    w.fuse = 3;
    await w.runtime().runBatch('00', w.mail('a', 'start', 5, 'boom', 6));
    expect(w.setAside).toEqual([]);
    expect(w.performed).toEqual([['a#1=0', 'a#2=5', 'a#3=5', 'a#4=11']]);
  });

  it('is set aside with the reason after the third retry, and the actor goes on without it', async () => {
    const w = new SumWorld();
    w.fuse = 4;
    await w.runtime().runBatch('00', w.mail('a', 'start', 5, 'boom', 6));
    expect(w.setAside).toEqual([['boom', 'Error: boom']]);
    expect(w.performed).toEqual([['a#1=0', 'a#2=5', 'a#4=11']]);
    expect(w.events.flatMap((event) => (event.what === 'turn_failed' ? [event.directive] : []))).toEqual([
      'retry',
      'retry',
      'retry',
      'set aside',
    ]);
  });

  it('leaves the other actors of the batch alone', async () => {
    const w = new SumWorld();
    await w.runtime().runBatch('00', [...w.mail('a', 'start', 'boom'), ...w.mail('b', 'start', 3)]);
    expect(w.performed).toEqual([['a#1=0', 'b#3=0', 'b#4=3']]);
  });

  it('makes an actor already in memory start its part of the batch again from the journal', async () => {
    const w = new SumWorld();
    const runtime = w.runtime(neverSaved);
    await runtime.runBatch('00', w.mail('a', 'start', 5));
    await runtime.runBatch('00', w.mail('a', 6, 'boom', 7));
    expect(w.performed.at(-1)).toEqual(['a#3=11', 'a#5=18']);
    expect(w.setAside).toHaveLength(1);
  });

  it('is passed over in every later replay, without another dead letter', async () => {
    const w = new SumWorld();
    await w.runtime().runBatch('00', w.mail('a', 'start', 'boom', 6));
    const next = w.runtime();
    await next.runBatch('00', w.mail('a', 7));
    expect(w.performed.at(-1)).toEqual(['a#4=13']);
    expect(w.setAside).toHaveLength(1);
    expect(w.events.filter(({ what }) => what === 'replay_skipped')).toHaveLength(1);
  });

  it('as the only message leaves nothing in memory and nothing to perform', async () => {
    const w = new SumWorld();
    const runtime = w.runtime();
    await runtime.runBatch('00', w.mail('a', 'boom'));
    expect(w.setAside).toHaveLength(1);
    expect(w.performed).toEqual([]);
    expect(runtime.activationCount).toBe(0);
  });

  it('too often in one batch stops the actor: what is left of its batch is set aside untried', async () => {
    const w = new SumWorld();
    const runtime = w.runtime({ supervision: { retriesMax: 0, setAsideMax: 2 } });
    await runtime.runBatch('00', w.mail('a', 'start', 'boom', 'boom', 5, 6));
    expect(w.setAside).toEqual([
      ['boom', 'Error: boom'],
      ['boom', 'Error: boom'],
      [5, 'not tried: too many actors failed before it, the last with Error: boom'],
      [6, 'not tried: too many actors failed before it, the last with Error: boom'],
    ]);
    expect(w.performed).toEqual([['a#1=0']]);
  });

  it('something that is no Error still says why', async () => {
    const w = new SumWorld();
    const behaviour = {
      ...w.behaviour,
      decide: () => {
        throw 'plain words';
      },
    };
    await w.runtime({}, { behaviour }).runBatch('00', w.mail('a', 'start'));
    expect(w.setAside).toEqual([['start', 'plain words']]);
  });
});

describe('a turn that is followed by another of its actor', () => {
  const seenBy = (w: SumWorld) => {
    const seen: [unknown, boolean | undefined][] = [];
    const behaviour: typeof w.behaviour = {
      ...w.behaviour,
      decide(...args) {
        seen.push([args[1].message, args[3]]);
        return w.behaviour.decide(...args);
      },
    };
    return { seen, behaviour };
  };

  it('states so; the last of each actor does not', async () => {
    const w = new SumWorld();
    const { seen, behaviour } = seenBy(w);
    await w.runtime({}, { behaviour }).runBatch('00', [...w.mail('a', 'start', 5, 6), ...w.mail('b', 'start')]);
    expect(seen).toEqual([
      ['start', true],
      [5, true],
      [6, false],
      ['start', false],
    ]);
  });

  it('is the last one when what follows is set aside', async () => {
    const w = new SumWorld();
    const { seen, behaviour } = seenBy(w);
    await w
      .runtime({ supervision: { retriesMax: 0, setAsideMax: 2 } }, { behaviour })
      .runBatch('00', w.mail('a', 'start', 5, 'boom'));
    expect(w.setAside).toHaveLength(1);
    expect(seen.at(-1)).toEqual([5, false]);
  });
});

describe('behaviour that throws elsewhere', () => {
  it.each(['initial', 'recovered'] as const)('in %s, the message at hand is set aside', async (where) => {
    const w = new SumWorld();
    const behaviour = {
      ...w.behaviour,
      [where]: () => {
        throw new Error(where);
      },
    };
    await w.runtime({}, { behaviour }).runBatch('00', [...redelivered(w.mail('a', 5)), ...w.mail('b')]);
    expect(w.setAside).toEqual([[5, `Error: ${where}`]]);
  });

  it('in opens, only the short way is lost', async () => {
    const w = new SumWorld();
    const behaviour = {
      ...w.behaviour,
      opens: () => {
        throw new Error('opens');
      },
    };
    await w.runtime({}, { behaviour }).runBatch('00', w.mail('a', 'start'));
    expect(w.calls[0]).toBe('recall');
    expect(w.performed).toEqual([['a#1=0']]);
  });
});
