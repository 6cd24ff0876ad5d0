/** What every `Journal` must do: give back each stored message of one actor, in order, within the bounds asked for. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MailboxMessage } from '../behaviour.ts';
import { newActorId, type JournalAdapter, type Note } from './adapters.ts';

export function describeJournal(name: string, open: () => Promise<JournalAdapter>): void {
  describe(`journal: ${name}`, () => {
    let adapter: JournalAdapter;
    let actor: string;
    let stored: MailboxMessage<Note>[];

    /** Five messages of the actor with another actor's between them. */
    beforeEach(async () => {
      adapter = await open();
      actor = newActorId(adapter);
      const other = newActorId(adapter);
      stored = [];
      for (const text of ['one', 'two', 'three', 'vier – 四', 'five']) {
        stored.push(await adapter.append(actor, { text }));
        await adapter.append(other, { text: `not ${text}` });
      }
    });
    afterEach(() => adapter.close());

    const read = async (after: number, before: number) =>
      (await adapter.journal.read(actor, after, before)).map(({ sequence, message }) => ({ sequence, text: message.text }));
    const expected = (from: number, to: number) =>
      stored.slice(from, to).map(({ sequence, message }) => ({ sequence, text: message.text }));

    it('reads every message of the actor in order, and none of another', async () => {
      expect(await read(0, Number.MAX_SAFE_INTEGER)).toEqual(expected(0, 5));
    });

    it('leaves out both bounds', async () => {
      expect(await read(stored[0]!.sequence, stored[4]!.sequence)).toEqual(expected(1, 4));
    });

    it('reads nothing between neighbours, nor before the first, nor after the last', async () => {
      expect(await read(stored[1]!.sequence, stored[2]!.sequence)).toEqual([]);
      expect(await read(0, stored[0]!.sequence)).toEqual([]);
      expect(await read(stored[4]!.sequence, Number.MAX_SAFE_INTEGER)).toEqual([]);
    });

    it('reads nothing for an actor without messages', async () => {
      expect(await adapter.journal.read(newActorId(adapter), 0, Number.MAX_SAFE_INTEGER)).toEqual([]);
    });

    it('gives each message its actor and the time it was stored', async () => {
      const [first] = await adapter.journal.read(actor, 0, stored[1]!.sequence);
      expect(first).toMatchObject({ actorId: actor, storedAtMs: stored[0]!.storedAtMs });
    });

    it('sees a message as soon as it is stored', async () => {
      const last = await adapter.append(actor, { text: 'six' });
      expect(await read(stored[4]!.sequence, last.sequence + 1)).toEqual([{ sequence: last.sequence, text: 'six' }]);
    });

    it('reads more messages than fit into one request', async () => {
      const many = await Promise.all(Array.from({ length: 700 }, (_, index) => adapter.append(actor, { text: `many ${index}` })));
      const sequences = many.map(({ sequence }) => sequence).sort((a, b) => a - b);
      expect((await read(stored[4]!.sequence, Number.MAX_SAFE_INTEGER)).map(({ sequence }) => sequence)).toEqual(sequences);
    });
  });
}
