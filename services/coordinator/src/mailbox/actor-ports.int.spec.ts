import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import { RevisionConflict } from '@manyhands/actor';
import { describe, expect, it } from 'vitest';
import { eventually } from '@manyhands/testkit';
import {
  describeJournal,
  describeMembership,
  describeRuntime,
  describeSnapshotStore,
  type Note,
  type Notebook,
  type RuntimeAdapters,
} from '@manyhands/actor/conformance';
import { deadSubjects, encode, ManyhandsError, newJobId, partitionOf } from '@manyhands/proto';
import { openBucket, openBroker, createOutbox, lastStored, readStored } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { createDeadLetters } from './dead-letters.ts';
import { createJournal } from './journal.ts';
import { createMembership, type BucketMembership } from './membership.ts';
import { createSnapshotStore } from './snapshot-store.ts';
import { broker, server, useProvisionedServer } from '@manyhands/testkit/provisioned-server';

useProvisionedServer();

async function openNats(): Promise<RuntimeAdapters> {
  return {
    snapshots: createSnapshotStore<Notebook>(await openBucket(broker, 'jobState')),
    journal: createJournal<Note>(broker, (_subject, data) => JSON.parse(new TextDecoder().decode(data)) as Note),
    async append(actorId, note) {
      const subject = `job.${partitionOf(actorId)}.${actorId}.note`;
      const { seq } = await broker.jetstream.publish(subject, encode(note));
      const stored = await lastStored(broker, 'mailbox', subject);
      return { actorId, sequence: seq, storedAtMs: stored!.storedAtMs, redelivered: false, message: note };
    },
    close: async () => {},
  };
}

describeSnapshotStore('bucket job_state', openNats);
describeJournal('stream MAILBOX', openNats);
describeRuntime('NATS', openNats);
describeMembership('bucket coordinators', async () => {
  const members = new Map<string, { own: Broker; membership: BucketMembership }>();

  async function end(member: string): Promise<void> {
    const { own, membership } = members.get(member)!;
    members.delete(member);
    await membership.leave();
    await own.close();
  }

  return {
    async join(member) {
      const own = await openBroker({ url: server.url, name: member });
      const membership = createMembership(own, {
        bucket: await openBucket(own, 'coordinators'),
        self: member,
        intervalMs: 500,
        ttlMs: 2_000,
      });
      members.set(member, { own, membership });
      await membership.join();
      return membership;
    },
    leave: end,
    async die(member) {
      const { own, membership } = members.get(member)!;
      members.delete(member);
      await own.connection.close();
      // Its own timer has to end; nothing of it reaches the server any more.
      await membership.leave().catch(() => undefined);
    },
    async close() {
      await Promise.all([...members.keys()].map(end));
    },
  };
});

const textOf = (data: Uint8Array) => new TextDecoder().decode(data);

describe('the actor ports on NATS', () => {
  it('leave what cannot be decoded out of the journal, but not what fails otherwise', async () => {
    const actorId = newJobId();
    for (const text of ['one', 'gibberish', 'two'])
      await broker.jetstream.publish(`job.${partitionOf(actorId)}.${actorId}.note`, text);
    const failing = (code: 'undecodable' | 'unavailable') =>
      createJournal<string>(broker, (_subject, data) => {
        if (textOf(data) === 'gibberish') throw new ManyhandsError(code, 'not a word');
        return textOf(data);
      }).read(actorId, 0, Number.MAX_SAFE_INTEGER);

    expect((await failing('undecodable')).map(({ message, redelivered }) => ({ message, redelivered }))).toEqual([
      { message: 'one', redelivered: true },
      { message: 'two', redelivered: true },
    ]);
    await expect(failing('unavailable')).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('set a message aside once, readable, with its reason', async () => {
    const actorId = newJobId();
    const deadLetters = createDeadLetters<Note>(createOutbox(broker));
    const message = { actorId, sequence: 41, storedAtMs: Date.UTC(2026, 0, 1), redelivered: true, message: { text: 'poison' } };
    await deadLetters.setAside(message, 'its turn threw three times');
    await deadLetters.setAside(message, 'its turn threw three times');

    const letters = await readStored(broker, 'dead', deadSubjects.mailbox(actorId));
    expect(letters.map(({ data }) => JSON.parse(textOf(data)))).toEqual([
      {
        v: 1,
        type: 'MailboxDeadLetter',
        sequence: 41,
        stored_at: '2026-01-01T00:00:00.000Z',
        reason: 'its turn threw three times',
        text: '{"text":"poison"}',
      },
    ]);
  });

  it('store snapshots as readable JSON, through the codec of their state', async () => {
    const bucket = await openBucket(broker, 'jobState');
    const actorId = newJobId();
    const snapshots = createSnapshotStore<Set<string>>(bucket, {
      toJson: (state) => [...state],
      fromJson: (json) => new Set(json as string[]),
    });
    await snapshots.save(actorId, { state: new Set(['a', 'b']), sequence: 3 }, 0);

    expect(JSON.parse(textOf((await bucket.get(actorId))!.value!))).toEqual({
      v: 2,
      type: 'JobState',
      sequence: 3,
      state: ['a', 'b'],
    });
    expect((await snapshots.load(actorId))?.state).toEqual(new Set(['a', 'b']));
  });

  it('do not take a stopped server for another writer', async () => {
    const own = await openBroker({ url: server.url, name: 'closed' });
    const snapshots = createSnapshotStore<Notebook>(await openBucket(own, 'jobState'));
    await own.close();
    await expect(snapshots.save(newJobId(), { state: { notes: [] }, sequence: 1 }, 0)).rejects.not.toBeInstanceOf(
      RevisionConflict,
    );
  });

  it('let a member that starts remove those of its machine whose process is gone, and nobody else', async () => {
    const bucket = await openBucket(broker, 'coordinators');
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    const heartbeat = { v: 1, type: 'CoordinatorHeartbeat', coordinator: 'x', started_at: new Date().toISOString() };
    await bucket.put('crashed', encode({ ...heartbeat, host: hostname(), pid: gone }));
    await bucket.put('running', encode({ ...heartbeat, host: hostname(), pid: process.pid }));
    await bucket.put('elsewhere', encode({ ...heartbeat, host: 'elsewhere', pid: gone }));
    await bucket.put('unreadable', encode({ v: 2 }));
    const membership = createMembership(broker, { bucket, self: 'fresh' });
    await membership.join();

    expect((await bucket.entries()).map(({ key }) => key).sort()).toEqual(['elsewhere', 'fresh', 'running', 'unreadable']);
    await membership.leave();
    await Promise.all(['elsewhere', 'running', 'unreadable'].map((key) => bucket.remove(key)));
  });

  it('let a member that was taken for dead and lives appear again at once', async () => {
    const bucket = await openBucket(broker, 'coordinators');
    const membership = createMembership(broker, { bucket, self: 'phoenix', intervalMs: 3_600_000, ttlMs: 3_600_000 });
    await membership.join();
    const told: string[][] = [];
    const stop = await membership.watch((members) => told.push([...members]));
    await bucket.remove('phoenix');
    await eventually(() => expect(told).toEqual([['phoenix'], [], ['phoenix']]));
    await stop();
    await membership.leave();
  });
});
