/** What every `Membership` must do: live members see each other, and dead members are soon removed. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Membership } from '../ports.ts';
import type { MembershipAdapter } from './adapters.ts';

/** Long enough for a heartbeat to run out. */
const noticedWithin = { timeout: 25_000, interval: 20 };

export function describeMembership(name: string, open: () => Promise<MembershipAdapter>): void {
  describe(`membership: ${name}`, () => {
    let adapter: MembershipAdapter;
    let stops: (() => Promise<void>)[];
    beforeEach(async () => {
      adapter = await open();
      stops = [];
    });
    afterEach(async () => {
      for (const stop of stops) await stop();
      await adapter.close();
    });

    /** The lists a member received, newest last. */
    async function watched(member: Membership): Promise<string[][]> {
      const told: string[][] = [];
      stops.push(await member.watch((members) => told.push([...members].sort())));
      return told;
    }

    it('lists a member to itself at once', async () => {
      const alone = await adapter.join('member-a');
      expect(alone.self).toBe('member-a');
      const told = await watched(alone);
      expect(told.at(-1)).toEqual(['member-a']);
    });

    it('lists a member that joins to every other', async () => {
      const a = await watched(await adapter.join('member-a'));
      const b = await watched(await adapter.join('member-b'));
      await vi.waitFor(
        () =>
          expect([a.at(-1), b.at(-1)]).toEqual([
            ['member-a', 'member-b'],
            ['member-a', 'member-b'],
          ]),
        noticedWithin,
      );
    });

    it('removes a member that leaves from the lists of the others', async () => {
      const a = await watched(await adapter.join('member-a'));
      await adapter.join('member-b');
      await vi.waitFor(() => expect(a.at(-1)).toEqual(['member-a', 'member-b']), noticedWithin);
      await adapter.leave('member-b');
      await vi.waitFor(() => expect(a.at(-1)).toEqual(['member-a']), noticedWithin);
    });

    it('removes a member that dies from the lists of the others', { timeout: 30_000 }, async () => {
      const a = await watched(await adapter.join('member-a'));
      await adapter.join('member-b');
      await vi.waitFor(() => expect(a.at(-1)).toEqual(['member-a', 'member-b']), noticedWithin);
      await (adapter.die ?? adapter.leave).call(adapter, 'member-b');
      await vi.waitFor(() => expect(a.at(-1)).toEqual(['member-a']), noticedWithin);
    });

    it('reports nothing after it was stopped', async () => {
      const alone = await adapter.join('member-a');
      const told: string[][] = [];
      const stop = await alone.watch((members) => told.push([...members]));
      await stop();
      const before = told.length;
      const b = await watched(await adapter.join('member-b'));
      await vi.waitFor(() => expect(b.at(-1)).toEqual(['member-a', 'member-b']), noticedWithin);
      expect(told).toHaveLength(before);
    });
  });
}
