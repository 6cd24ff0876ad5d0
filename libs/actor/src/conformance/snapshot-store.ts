/** What every `SnapshotStore` must do: above all, let only one of two writers win. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RevisionConflict } from '../ports.ts';
import { newActorId, type SnapshotAdapter } from './adapters.ts';

export function describeSnapshotStore(name: string, open: () => Promise<SnapshotAdapter>): void {
  describe(`snapshot store: ${name}`, () => {
    let adapter: SnapshotAdapter;
    let actor: string;
    beforeEach(async () => {
      adapter = await open();
      actor = newActorId(adapter);
    });
    afterEach(() => adapter.close());

    const one = { state: { notes: ['one'] }, sequence: 11 };
    const two = { state: { notes: ['one', 'zwei – 二'] }, sequence: 12 };

    it('finds nothing for an actor that was never saved', async () => {
      expect(await adapter.snapshots.load(actor)).toBeUndefined();
    });

    it('loads what was saved last, with its revision', async () => {
      const first = await adapter.snapshots.save(actor, one, 0);
      expect(await adapter.snapshots.load(actor)).toEqual({ ...one, revision: first });
      const second = await adapter.snapshots.save(actor, two, first);
      expect(second).toBeGreaterThan(first);
      expect(await adapter.snapshots.load(actor)).toEqual({ ...two, revision: second });
    });

    it('refuses a first save over a stored snapshot', async () => {
      const revision = await adapter.snapshots.save(actor, one, 0);
      await expect(adapter.snapshots.save(actor, two, 0)).rejects.toThrow(RevisionConflict);
      expect(await adapter.snapshots.load(actor)).toEqual({ ...one, revision });
    });

    it('refuses a save over a revision that is not the last, naming the actor', async () => {
      const first = await adapter.snapshots.save(actor, one, 0);
      await adapter.snapshots.save(actor, two, first);
      const late = adapter.snapshots.save(actor, one, first);
      await expect(late).rejects.toThrow(RevisionConflict);
      await expect(late).rejects.toMatchObject({ actorId: actor });
      expect(await adapter.snapshots.load(actor)).toMatchObject(two);
    });

    it('lets exactly one of many writers at once win', async () => {
      const base = await adapter.snapshots.save(actor, one, 0);
      const writers = Array.from({ length: 8 }, (_, writer) => ({
        state: { notes: [`writer ${writer}`] },
        sequence: 12 + writer,
      }));
      const outcomes = await Promise.allSettled(writers.map((snapshot) => adapter.snapshots.save(actor, snapshot, base)));
      const won = outcomes.flatMap((outcome, writer) =>
        outcome.status === 'fulfilled' ? [{ writer, revision: outcome.value }] : [],
      );
      expect(won).toHaveLength(1);
      for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(RevisionConflict);
      expect(await adapter.snapshots.load(actor)).toEqual({ ...writers[won[0]!.writer], revision: won[0]!.revision });
    });

    it('refuses a save over a snapshot that was removed, and a first save, but one over the removal', async () => {
      const revision = await adapter.snapshots.save(actor, one, 0);
      await adapter.snapshots.remove(actor, revision);
      const removed = await adapter.snapshots.load(actor);
      expect(removed).toEqual({ sequence: 0, revision: expect.any(Number) });
      await expect(adapter.snapshots.save(actor, two, revision)).rejects.toThrow(RevisionConflict);
      await expect(adapter.snapshots.save(actor, two, 0)).rejects.toThrow(RevisionConflict);
      expect(await adapter.snapshots.save(actor, two, removed!.revision)).toBeGreaterThan(revision);
    });

    it('removes nothing without complaint, and then refuses a first save', async () => {
      await expect(adapter.snapshots.remove(actor, 0)).resolves.toBeUndefined();
      await expect(adapter.snapshots.save(actor, one, 0)).rejects.toThrow(RevisionConflict);
    });

    it('removes nothing that was written meanwhile', async () => {
      const revision = await adapter.snapshots.save(actor, one, 0);
      await adapter.snapshots.save(actor, two, revision);
      await adapter.snapshots.remove(actor, revision);
      expect(await adapter.snapshots.load(actor)).toMatchObject(two);
    });

    it('keeps actors apart', async () => {
      const other = newActorId(adapter);
      await adapter.snapshots.save(actor, one, 0);
      const revision = await adapter.snapshots.save(other, two, 0);
      await adapter.snapshots.remove(other, revision);
      expect(await adapter.snapshots.load(actor)).toMatchObject(one);
    });

    it('holds the state as it was when it was saved', async () => {
      const state = { notes: ['before'] };
      const saving = adapter.snapshots.save(actor, { state, sequence: 1 }, 0);
      await saving;
      state.notes.push('after');
      expect((await adapter.snapshots.load(actor))?.state).toEqual({ notes: ['before'] });
    });
  });
}
