import { describe, expect, it } from 'vitest';
import { redelivered } from './conformance/redelivered.ts';
import { alwaysSaved, neverSaved, SumWorld } from './conformance/sums.ts';
import { PartitionDropped } from './held-partition.ts';

/** An effect port that waits at a gate, and says when it got there. */
function gated(w: SumWorld) {
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const effects = {
    perform: async (unit: readonly { actorId: string; effect: string }[]) => {
      reached.resolve();
      await gate.promise;
      await w.effects.perform(unit);
    },
    forget: (actorId: string) => w.effects.forget(actorId),
  };
  return { effects, reached: reached.promise, open: gate.resolve };
}

describe('partitions', () => {
  it('a partition has one batch running at a time', async () => {
    const w = new SumWorld();
    const { effects, reached, open } = gated(w);
    const runtime = w.runtime({}, { effects });
    const first = runtime.runBatch('00', w.mail('a', 'start'));
    const second = runtime.runBatch('00', w.mail('a', 5));
    await reached;
    expect(w.calls).toEqual(['decide start']);
    open();
    await Promise.all([first, second]);
    expect(w.performed).toEqual([['a#1=0'], ['a#2=5']]);
  });

  it('partitions run side by side', async () => {
    const w = new SumWorld();
    const { effects, reached, open } = gated(w);
    const runtime = w.runtime({}, { effects });
    const first = runtime.runBatch('00', w.mail('a', 'start'));
    await reached;
    const second = runtime.runBatch('01', w.mail('b', 'start'));
    open();
    await Promise.all([first, second]);
    expect(w.calls).toEqual(['decide start', 'decide start']);
  });

  it('dropped while a snapshot is being saved, a batch performs no effect', async () => {
    const w = new SumWorld();
    const runtime = w.runtime(alwaysSaved, {
      snapshots: {
        load: (actorId) => w.snapshots.load(actorId),
        remove: (actorId, expected) => w.snapshots.remove(actorId, expected),
        save: (...saving) => (runtime.dropPartition('00'), w.snapshots.save(...saving)),
      },
    });
    await expect(runtime.runBatch('00', w.mail('a', 'start'))).rejects.toThrow(PartitionDropped);
    expect(w.performed).toEqual([]);
    expect(runtime.activationCount).toBe(0);
  });

  it('dropped while an actor is being rebuilt, a batch reads, saves and performs nothing more', async () => {
    const w = new SumWorld();
    const recalled: string[] = [];
    const recall = async (actorId: string) => {
      recalled.push(actorId);
      runtime.dropPartition('00');
    };
    const runtime = w.runtime({ ...alwaysSaved, concurrencyMax: 1 }, { recall: { recall } });
    await expect(runtime.runBatch('00', redelivered([...w.mail('a', 'start'), ...w.mail('b', 'start')]))).rejects.toThrow(
      PartitionDropped,
    );
    expect(recalled).toEqual(['a']);
    expect(w.performed).toEqual([]);
    expect(w.snapshots.size).toBe(0);
    expect(runtime.activationCount).toBe(0);
  });

  it('dropped between two snapshots, a batch saves no further one', async () => {
    const w = new SumWorld();
    const runtime = w.runtime(
      { ...alwaysSaved, concurrencyMax: 1 },
      { observed: (event) => event.what === 'snapshot_saved' && runtime.dropPartition('00') },
    );
    await expect(runtime.runBatch('00', [...w.mail('a', 'start'), ...w.mail('b', 'start')])).rejects.toThrow(PartitionDropped);
    expect(w.snapshots.size).toBe(1);
  });

  it('dropped while failing turns are supervised, a batch sets nothing aside', async () => {
    const w = new SumWorld();
    const runtime = w.runtime({}, { observed: (event) => event.what === 'turn_failed' && runtime.dropPartition('00') });
    await expect(runtime.runBatch('00', w.mail('a', 'boom'))).rejects.toThrow(PartitionDropped);
    expect(w.setAside).toEqual([]);
  });

  it('a dropped partition is taken again from snapshot and journal', async () => {
    const w = new SumWorld();
    const runtime = w.runtime(neverSaved);
    await runtime.runBatch('00', w.mail('a', 'start', 5));
    runtime.dropPartition('00');
    runtime.dropPartition('never held');
    expect(runtime.activationCount).toBe(0);
    await runtime.runBatch('00', w.mail('a', 6));
    expect(w.performed.at(-1)).toEqual(['a#3=11']);
  });

  it('released, a partition ends its batch, saves what is unsaved and is forgotten', async () => {
    const w = new SumWorld();
    const { effects, reached, open } = gated(w);
    const runtime = w.runtime(neverSaved, { effects });
    const running = runtime.runBatch('00', w.mail('a', 'start', 5));
    await reached;
    const released = runtime.releasePartition('00');
    open();
    await Promise.all([running, released, runtime.releasePartition('never held')]);
    expect(w.performed).toEqual([['a#1=0', 'a#2=5']]);
    expect(await w.snapshots.load('a')).toMatchObject({ state: { total: 5 }, sequence: 2 });
    expect(runtime.activationCount).toBe(0);
  });

  it('released without being able to save, a partition is forgotten all the same', async () => {
    const w = new SumWorld();
    const runtime = w.runtime(neverSaved);
    await runtime.runBatch('00', w.mail('a', 'start', 5));
    await w.snapshots.save('a', { state: { total: 1 }, sequence: 1 }, 0);
    await runtime.releasePartition('00');
    expect(runtime.activationCount).toBe(0);
  });
});

describe('draining', () => {
  it('saves what is unsaved in every partition, and refuses what comes later', async () => {
    const w = new SumWorld();
    const runtime = w.runtime(neverSaved);
    await runtime.runBatch('00', w.mail('a', 'start', 5));
    await runtime.runBatch('01', w.mail('b', 'start', 6));
    await runtime.drain();
    expect(w.snapshots.size).toBe(2);
    expect(runtime.activationCount).toBe(0);
    await expect(runtime.runBatch('00', w.mail('a', 7))).rejects.toThrow(PartitionDropped);
    expect(w.performed.flat()).not.toContain('a#5=12');
  });
});

describe('passivation', () => {
  it('saves an idle activation, forgets it, and rebuilds it when it is written to', async () => {
    const w = new SumWorld();
    const runtime = w.runtime(neverSaved);
    await runtime.runBatch('00', w.mail('a', 'start', 5));
    w.nowMs += 30_000;
    await runtime.runBatch('00', w.mail('b', 'start'));
    await runtime.passivateIdle(w.nowMs + 30_001);
    expect(runtime.activationCount).toBe(1);
    expect(w.effects.forgotten).toEqual(['a']);
    await runtime.runBatch('00', w.mail('a', 6));
    expect(w.calls.slice(-6)).toEqual(['recall', 'load', 'read 2..4', 'recovered 5', 'decide 6', 'perform 1']);
  });

  it('saves nothing that has not changed', async () => {
    const w = new SumWorld();
    const runtime = w.runtime(alwaysSaved);
    await runtime.runBatch('00', w.mail('a', 'start'));
    w.calls.length = 0;
    await runtime.passivateIdle(w.nowMs + 60_001);
    expect(w.calls).toEqual([]);
    expect(runtime.activationCount).toBe(0);
  });

  it('keeps the activations under their limit', async () => {
    const w = new SumWorld();
    const runtime = w.runtime({ passivation: { idleMsMax: 60_000, activationsMax: 1 } });
    await runtime.runBatch('00', w.mail('a', 'start'));
    w.nowMs += 1;
    await runtime.runBatch('01', w.mail('b', 'start'));
    await runtime.passivateIdle(w.nowMs);
    expect(runtime.activationCount).toBe(1);
    expect(w.effects.forgotten).toEqual(['a']);
  });

  it('spares an activation that took a turn meanwhile', async () => {
    const w = new SumWorld();
    const runtime = w.runtime(neverSaved);
    await runtime.runBatch('00', w.mail('a', 'start'));
    w.nowMs += 60_001;
    const running = runtime.runBatch('00', w.mail('a', 5));
    await runtime.passivateIdle(w.nowMs);
    await running;
    expect(runtime.activationCount).toBe(1);
  });

  it('that finds another owner at work drops the partition', async () => {
    const w = new SumWorld();
    const runtime = w.runtime(neverSaved);
    await runtime.runBatch('00', [...w.mail('a', 'start'), ...w.mail('b', 'start')]);
    await w.snapshots.save('a', { state: { total: 1 }, sequence: 1 }, 0);
    await runtime.passivateIdle(w.nowMs + 60_001);
    expect(runtime.activationCount).toBe(0);
    expect((await w.snapshots.load('a'))?.state?.total).toBe(1);
  });

  it('that cannot save keeps the activation and says so', async () => {
    const w = new SumWorld();
    const away = () => Promise.reject(new Error('away'));
    const runtime = w.runtime(neverSaved, { snapshots: { load: away, save: away, remove: away } });
    await runtime.runBatch('00', w.mail('a', 'start'));
    await expect(runtime.passivateIdle(w.nowMs + 60_001)).rejects.toThrow('away');
    expect(runtime.activationCount).toBe(1);
  });

  it('tells why each activation went', async () => {
    const w = new SumWorld();
    const runtime = w.runtime();
    await runtime.runBatch('00', [...w.mail('done', 'start', 'stop'), ...w.mail('idle', 'start')]);
    await runtime.passivateIdle(w.nowMs + 60_001);
    await runtime.runBatch('00', w.mail('dropped', 'start'));
    runtime.dropPartition('00');
    await runtime.runBatch('00', w.mail('released', 'start'));
    await runtime.releasePartition('00');
    const went = w.events.flatMap((event) => (event.what === 'passivated' ? [[event.actorId, event.why]] : []));
    expect(went).toEqual([
      ['done', 'finished'],
      ['idle', 'idle'],
      ['dropped', 'dropped'],
      ['released', 'released'],
    ]);
  });
});

describe('a finished actor', () => {
  it('comes back, rebuilt from its journal, by a message that reopens it and by no other', async () => {
    const w = new SumWorld();
    const runtime = w.runtime();
    await runtime.runBatch('00', w.mail('a', 'start', 5));
    expect(runtime.hasFinished('00', 'a')).toBe(false);
    await runtime.runBatch('00', w.mail('a', 'stop'));
    await runtime.runBatch('00', w.mail('a', 7));
    expect([runtime.hasFinished('00', 'a'), runtime.hasFinished('01', 'a')]).toEqual([true, false]);
    await runtime.runBatch('00', w.mail('a', 8, 'again', 10));
    expect(runtime.hasFinished('00', 'a')).toBe(false);
    await runtime.runBatch('00', w.mail('a', 20));
    expect(w.performed.flat()).toEqual(['a#1=0', 'a#2=5', 'a#3=5', 'a#6=5', 'a#7=15', 'a#8=35']);
    w.runtime();
    const other = w.runtime();
    await other.runBatch('00', redelivered(w.mail('a', 1)));
    expect(w.performed.at(-1)).toEqual(['a#9=36']);
  });
});
