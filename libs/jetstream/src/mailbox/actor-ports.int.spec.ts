import { afterAll, beforeAll } from 'vitest';
import { describeJournal, describeMembership, describeRuntime, describeSnapshotStore, type Note, type Notebook, type RuntimeAdapters } from '@manyhands/actor/conformance';
import { encode, partitionOf } from '@manyhands/proto';
import { startNatsServer, type NatsServer } from '@manyhands/testkit';
import type { Broker } from '../broker.ts';
import { openBucket } from '../bucket/jetstream-bucket.ts';
import { openBroker } from '../connect.ts';
import { provision } from '../provision/provision.ts';
import { lastStored } from '../stored/read-stored.ts';
import { createJournal } from './journal.ts';
import { createMembership, type BucketMembership } from './membership.ts';
import { createSnapshotStore } from './snapshot-store.ts';

let server: NatsServer;
let broker: Broker;

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
});
afterAll(async () => {
  await broker?.close();
  await server?.stop();
});

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
      const membership = createMembership(own, { bucket: await openBucket(own, 'coordinators'), self: member, intervalMs: 500, ttlMs: 2_000 });
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
