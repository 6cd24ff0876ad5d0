import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { partitionsOf } from '@manyhands/actor';
import { newJobId, partitionOf, PARTITIONS } from '@manyhands/proto';
import { startNatsServer, type NatsServer } from '@manyhands/testkit';
import { openBucket, openBroker, provision, createOutbox } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { createMembership } from './membership.ts';
import { openMailbox } from './mailbox.ts';

let server: NatsServer;
let broker: Broker;
let memberCount = 0;
const members: Member[] = [];

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
});
afterEach(async () => {
  await Promise.all(members.splice(0).map((member) => member.leave()));
});
afterAll(async () => {
  await broker?.close();
  await server?.stop();
});

interface Member {
  id: string;
  handled: string[];
  assigned: readonly string[];
  leave(): Promise<void>;
  /** Drops the connection without a word. */
  die(): Promise<void>;
}

async function join(): Promise<Member> {
  const id = `member-${(memberCount += 1)}`;
  const own = await openBroker({ url: server.url, name: id });
  const membership = createMembership(own, {
    bucket: await openBucket(own, 'coordinators'),
    self: id,
    intervalMs: 500,
    ttlMs: 2_000,
  });
  const member: Member = {
    id,
    handled: [],
    assigned: [],
    async leave() {
      members.splice(members.indexOf(member), 1);
      await mailbox.close();
      await own.close();
    },
    async die() {
      members.splice(members.indexOf(member), 1);
      await own.connection.close();
      await mailbox.close();
    },
  };
  const mailbox = await openMailbox<string>(own, {
    membership,
    outbox: createOutbox(own),
    decode: (_subject, data) => new TextDecoder().decode(data),
    async handle({ messages }) {
      member.handled.push(...messages.map(({ message }) => message));
    },
    assigned: (partitions) => (member.assigned = partitions),
  });
  members.push(member);
  return member;
}

/** One message to every partition. */
async function sendEverywhere(text: string): Promise<string[]> {
  const missing = new Set(PARTITIONS);
  const texts: string[] = [];
  while (missing.size > 0) {
    const jobId = newJobId();
    if (!missing.delete(partitionOf(jobId))) continue;
    texts.push(`${text} ${partitionOf(jobId)}`);
    await broker.jetstream.publish(`job.${partitionOf(jobId)}.${jobId}.note`, texts.at(-1)!);
  }
  return texts.sort();
}

async function together(a: Member, b: Member): Promise<void> {
  await vi.waitFor(() => expect([...a.assigned, ...b.assigned].sort()).toEqual([...PARTITIONS]), {
    timeout: 10_000,
    interval: 20,
  });
}

const sentTo = (member: Member, group: Member[], text: string) =>
  partitionsOf(
    member.id,
    group.map(({ id }) => id),
    PARTITIONS,
  ).map((partition) => `${text} ${partition}`);

describe('the mailbox of two members', () => {
  it('is shared out between them: each message is handled by the owner of its partition alone', async () => {
    const [a, b] = [await join(), await join()];
    await together(a, b);
    const sent = await sendEverywhere('one');
    await vi.waitFor(() => expect([...a.handled, ...b.handled].sort()).toEqual(sent), { timeout: 10_000 });

    expect(a.handled.sort()).toEqual(sentTo(a, [a, b], 'one'));
    expect(b.handled.sort()).toEqual(sentTo(b, [a, b], 'one'));
  });

  it('moves to the other within seconds when one dies without a word', async () => {
    const [a, b] = [await join(), await join()];
    await together(a, b);
    const before = await sendEverywhere('before');
    await vi.waitFor(() => expect([...a.handled, ...b.handled].sort()).toEqual(before), { timeout: 10_000 });
    await b.die();
    const after = await sendEverywhere('after');
    const diedAtMs = performance.now();
    await vi.waitFor(() => expect(a.handled.filter((text) => text.startsWith('after')).sort()).toEqual(after), {
      timeout: 15_000,
    });

    // Life time of a heartbeat 2 s and of a pin 3 s, running at the same time.
    expect(performance.now() - diedAtMs).toBeLessThan(6_000);
  });

  it('moves at once when one leaves in good order', async () => {
    const [a, b] = [await join(), await join()];
    await together(a, b);
    const before = await sendEverywhere('before');
    await vi.waitFor(() => expect([...a.handled, ...b.handled].sort()).toEqual(before), { timeout: 10_000 });
    await b.leave();
    await sendEverywhere('after');
    const leftAtMs = performance.now();
    await vi.waitFor(() => expect(a.handled.filter((text) => text.startsWith('after'))).toHaveLength(PARTITIONS.length), {
      timeout: 10_000,
    });

    expect(performance.now() - leftAtMs).toBeLessThan(1_500);
  });

  it('is shared again when a member joins, without a message handled twice', async () => {
    const a = await join();
    await sendEverywhere('one');
    await vi.waitFor(() => expect(a.handled).toHaveLength(PARTITIONS.length), { timeout: 10_000 });
    const b = await join();
    await together(a, b);
    const sent = await sendEverywhere('two');
    const second = () => [...a.handled, ...b.handled].filter((text) => text.startsWith('two')).sort();
    await vi.waitFor(() => expect(second()).toEqual(sent), { timeout: 10_000 });

    expect(b.handled.sort()).toEqual(sentTo(b, [a, b], 'two'));
  });
});
