/** Whole stories of a runtime on real adapters: what must hold when owners crash, overlap and follow each other. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MailboxMessage } from '../behaviour.ts';
import { PartitionDropped } from '../held-partition.ts';
import type { RuntimeLimits } from '../limits.ts';
import { RevisionConflict } from '../ports.ts';
import { newActorId, type Note, type RuntimeAdapters } from './adapters.ts';
import { Owner, savedEvery } from './notebook.ts';
import { redelivered } from './redelivered.ts';

export function describeRuntime(name: string, open: () => Promise<RuntimeAdapters>): void {
  describe(`runtime: ${name}`, () => {
    let adapters: RuntimeAdapters;
    let actor: string;
    let told: Map<string, string[]>;
    beforeEach(async () => {
      adapters = await open();
      actor = newActorId(adapters);
      told = new Map();
    });
    afterEach(() => adapters.close());

    const owner = (limits?: Partial<RuntimeLimits>) => new Owner(adapters, told, limits);
    async function mail(...texts: string[]): Promise<MailboxMessage<Note>[]> {
      const batch: MailboxMessage<Note>[] = [];
      for (const text of texts) batch.push(await adapters.append(actor, { text }));
      return batch;
    }

    it('a small job goes from its first message to its last without one read or snapshot', async () => {
      const a = owner();
      await a.run(await mail('open', 'x'));
      await a.run(await mail('close'));
      expect(a.performed).toEqual(['open', 'x', 'close']);
      expect(a.loaded).toEqual([]);
      expect(await adapters.snapshots.load(actor)).toBeUndefined();
      expect(a.runtime.activationCount).toBe(0);
    });

    it('a crash between effects and ack performs the effects again with the same ids', async () => {
      const [a, b] = [owner(), owner()];
      const batch = await mail('open', 'x', 'y');
      await a.run(batch);
      await b.run(redelivered(batch));
      expect(b.performed).toEqual(a.performed);
    });

    it('a crash between snapshot and effects performs them from what the world is missing', async () => {
      const [a, b] = [owner(savedEvery(1)), owner()];
      const batch = await mail('open', 'x', 'y');
      told.set(actor, ['open']);
      a.effects.failNext(new Error('crashed'));
      await a.run(batch);
      expect(a.runtime.settledThrough('00')).toBe(batch[0]!.sequence - 1);
      a.runtime.dropPartition('00');
      expect(await adapters.snapshots.load(actor)).toMatchObject({ sequence: batch[2]!.sequence });
      await b.run(redelivered(batch));
      expect(b.performed).toEqual(['x', 'y']);
    });

    it('a partition that was lost while an actor waits for its next try is taken again before anything is acknowledged', async () => {
      const [a, b] = [owner(savedEvery(1)), owner(savedEvery(1))];
      a.effects.failNext(new Error('crashed'));
      const waiting = await mail('open', 'x');
      await a.run(waiting);
      const other = newActorId(adapters);
      const opening = await adapters.append(other, { text: 'open' });
      await a.run([opening]);
      told.set(other, ['open']);
      const disputed = await adapters.append(other, { text: 'x' });
      await b.run([disputed]);
      await expect(a.run(redelivered([disputed]))).rejects.toThrow(RevisionConflict);
      expect(a.runtime.settledThrough('00')).toBeUndefined();
      await expect(a.run(await mail('y'))).rejects.toThrow(PartitionDropped);
      a.runtime.dropPartition('00');
      expect(a.runtime.settledThrough('00')).toBe(Infinity);
      await a.run(redelivered(waiting));
      expect(a.performed.filter((note) => note === 'x')).toEqual(['x']);
    });

    it('a new owner continues from snapshot and journal', async () => {
      const [a, b] = [owner(savedEvery(2)), owner()];
      await a.run(await mail('open', 'x'));
      await a.run(await mail('y'));
      told.set(actor, ['open', 'x', 'y']);
      await b.run(await mail('z'));
      expect(b.performed).toEqual(['z']);
      expect(b.replayed).toEqual([1]);
      await b.runtime.drain();
      expect((await adapters.snapshots.load(actor))?.state?.notes).toEqual(['open', 'x', 'y', 'z']);
    });

    it('a new owner continues from the journal alone', async () => {
      const [a, b] = [owner(), owner(savedEvery(1))];
      await a.run(await mail('open', 'x'));
      told.set(actor, ['open', 'x']);
      await b.run(await mail('y'));
      expect(b.performed).toEqual(['y']);
      expect((await adapters.snapshots.load(actor))?.state?.notes).toEqual(['open', 'x', 'y']);
    });

    it('a second owner loses its snapshot and performs no effect', async () => {
      const [a, b] = [owner(savedEvery(1)), owner(savedEvery(1))];
      await a.run(await mail('open'));
      told.set(actor, ['open']);
      const disputed = await mail('x');
      await b.run(disputed);
      await expect(a.run(redelivered(disputed))).rejects.toThrow(RevisionConflict);
      expect(a.performed).toEqual(['open']);
      expect(a.runtime.activationCount).toBe(0);
      expect(b.performed).toEqual(['x']);
    });

    it('an owner that lost continues where the other left off once the partition is its own again', async () => {
      const [a, b] = [owner(savedEvery(1)), owner(savedEvery(1))];
      await a.run(await mail('open'));
      told.set(actor, ['open']);
      const disputed = await mail('x');
      await b.run(disputed);
      await expect(a.run(disputed)).rejects.toThrow(RevisionConflict);
      told.set(actor, ['open', 'x']);
      await a.run(await mail('y'));
      expect(a.performed).toEqual(['open', 'y']);
      expect((await adapters.snapshots.load(actor))?.state?.notes).toEqual(['open', 'x', 'y']);
    });

    it('two owners that both think the actor is new cannot both save it', async () => {
      const [a, b] = [owner(savedEvery(1)), owner(savedEvery(1))];
      const batch = await mail('open');
      const outcomes = await Promise.allSettled([a.run(batch), b.run(batch)]);
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect([...a.performed, ...b.performed]).toEqual(['open']);
    });

    it('an owner that releases its partition leaves nothing to replay', async () => {
      const [a, b] = [owner(), owner()];
      await a.run(await mail('open', 'x', 'y'));
      told.set(actor, ['open', 'x', 'y']);
      await a.runtime.releasePartition('00');
      await b.run(await mail('z'));
      expect(b.replayed).toEqual([0]);
      expect(b.performed).toEqual(['z']);
    });

    it('a partition dropped while its batch runs performs no effect', async () => {
      const a = owner();
      const running = a.run(redelivered(await mail('open', 'x')));
      a.runtime.dropPartition('00');
      await expect(running).rejects.toThrow(PartitionDropped);
      expect(a.performed).toEqual([]);
    });

    it('an end that the world lost is stated again by who is asked to look, and by who comes later', async () => {
      const [a, b] = [owner(savedEvery(1)), owner()];
      const [first, second, last] = (await mail('open', 'x', 'close')) as [
        MailboxMessage<Note>,
        MailboxMessage<Note>,
        MailboxMessage<Note>,
      ];
      await a.run([first, second]);
      told.set(actor, ['open', 'x']);
      await a.run([last]);
      expect((await adapters.snapshots.load(actor))?.state).toBeUndefined();
      const ring = await adapters.append(actor, { text: 'ring' });
      await a.run([ring]);
      expect(a.performed).toEqual(['open', 'x', 'close']);
      a.runtime.lookAgain(actor);
      await a.run([ring]);
      expect(a.performed).toEqual(['open', 'x', 'close', 'close']);
      await b.run(redelivered([ring]));
      expect(b.performed).toEqual(['close']);
    });

    it('an owner that was replaced, and wakes up after the end, saves no snapshot of its own', async () => {
      const [a, b] = [owner(savedEvery(3)), owner()];
      await a.run(await mail('open', 'x'));
      told.set(actor, ['open', 'x']);
      await b.run(redelivered(await mail('close')));
      await expect(a.run(await mail('late'))).rejects.toThrow(RevisionConflict);
      expect((await adapters.snapshots.load(actor))?.state).toBeUndefined();
    });

    it('a finished actor leaves no snapshot, and a new owner that gets its last messages again does nothing more', async () => {
      const [a, b] = [owner(savedEvery(1)), owner(savedEvery(1))];
      await a.run(await mail('open', 'x'));
      told.set(actor, ['open', 'x']);
      const last = await mail('close');
      await a.run(last);
      expect((await adapters.snapshots.load(actor))?.state).toBeUndefined();
      await b.run(redelivered(last));
      expect(b.performed).toEqual([]);
      expect((await adapters.snapshots.load(actor))?.state).toBeUndefined();
      expect(b.runtime.activationCount).toBe(0);
    });

    it('an owner that was replaced, and rebuilds a finished actor from less than its journal, does nothing', async () => {
      const [a, b] = [owner(savedEvery(1)), owner(savedEvery(1))];
      const [open, x] = await mail('open', 'x');
      await a.run([open!, x!]);
      await a.run(await mail('close'));
      await b.run(redelivered([x!]));
      expect(b.performed).toEqual([]);
      expect((await adapters.snapshots.load(actor))?.state).toBeUndefined();
    });

    it('a late message for a finished actor changes nothing, at its owner or at a new one', async () => {
      const [a, b] = [owner(), owner()];
      await a.run(await mail('open', 'close'));
      told.set(actor, ['open', 'close']);
      const late = await mail('late');
      await a.run(late);
      await b.run(redelivered(late));
      expect(a.performed).toEqual(['open', 'close']);
      expect(b.performed).toEqual([]);
    });

    it('a message whose turn keeps failing is set aside alone, and passed over by a new owner', async () => {
      const [a, b] = [owner(), owner()];
      await a.run(await mail('open', 'tear', 'x'));
      expect(a.performed).toEqual(['open', 'x']);
      expect(a.deadLetters.letters.map(({ message, reason }) => [message.message.text, reason])).toEqual([
        ['tear', 'Error: the page tore'],
      ]);
      told.set(actor, ['open', 'x']);
      await b.run(await mail('y'));
      expect(b.performed).toEqual(['y']);
      expect(b.deadLetters.letters).toEqual([]);
    });

    it('a message older than the state is passed over', async () => {
      const a = owner();
      const batch = await mail('open', 'x');
      await a.run(batch);
      await a.run(redelivered(batch));
      expect(a.performed).toEqual(['open', 'x']);
    });
  });
}
