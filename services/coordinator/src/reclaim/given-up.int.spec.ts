import { advisorySubjects, consumers, encode, newJobId, STREAMS, WorkAdvisory, workSubjects, decode } from '@manyhands/proto';
import { describe, expect, it } from 'vitest';
import { eventually } from '@manyhands/testkit';
import { broker, useProvisionedServer } from '@manyhands/testkit/provisioned-server';
import { readStored, removeStored, storedAt, ensureLaneConsumer, LANE_DELIVERIES_MAX } from '@manyhands/broker';
import { readGivenUp } from './given-up.ts';

useProvisionedServer();

let kindCount = 0;

async function openLane() {
  const kind = `kind-${(kindCount += 1)}`;
  await ensureLaneConsumer(broker, kind, 'normal');
  const consumer = await broker.jetstream.consumers.get(STREAMS.work.name, consumers.queue(kind, 'normal'));
  const lane = {
    async store(): Promise<number> {
      return (await broker.jetstream.publish(workSubjects.lease(kind, 'normal', newJobId()), encode({ any: 'lease' }))).seq;
    },
    next: () => consumer.next({ expires: 1_000 }),
    /** Hands the only lease that waits out until the broker does so no more. */
    async exhaust(): Promise<void> {
      for (let delivery = 1; delivery <= LANE_DELIVERIES_MAX; delivery += 1) (await lane.next())!.nak();
      expect(await lane.next()).toBeNull();
    },
    found: async () =>
      (await readGivenUp(broker)).filter(({ subject }) => subject.startsWith(`work.${kind}.`)).map(({ sequence }) => sequence),
  };
  return lane;
}

describe('a lease that was handed out as often as its consumer does', () => {
  it('stays in WORK, is found there, and the server gave notice of it', async () => {
    const lane = await openLane();
    const sequence = await lane.store();
    expect(await lane.found()).toEqual([]);
    await lane.exhaust();
    expect(await lane.found()).toEqual([sequence]);
    const notices = await eventually(async () => {
      const stored = await readStored(broker, 'advisories', advisorySubjects.maxDeliveries);
      expect(stored.length).toBeGreaterThan(0);
      return stored.map(({ data }) => decode(WorkAdvisory, data));
    });
    expect(notices).toContainEqual(
      expect.objectContaining({
        type: 'io.nats.jetstream.advisory.v1.max_deliver',
        stream_seq: sequence,
        deliveries: LANE_DELIVERIES_MAX,
      }),
    );
  });

  it('is not confused with leases that wait, are held, or were acknowledged', async () => {
    const lane = await openLane();
    const sequence = await lane.store();
    await lane.exhaust();
    const acked = await lane.store();
    await (await lane.next())!.ackAck();
    await lane.store();
    const held = (await lane.next())!;
    await lane.store();
    expect(await lane.found()).toEqual([sequence]);
    expect(await storedAt(broker, 'work', acked)).toBeUndefined();
    held.ack();
  });

  it('is found once the leases handed out before it are settled', async () => {
    const lane = await openLane();
    await lane.store();
    const older = (await lane.next())!;
    const sequence = await lane.store();
    await lane.exhaust();
    expect(await lane.found()).toEqual([]);
    await older.ackAck();
    expect(await lane.found()).toEqual([sequence]);
  });

  it('can be removed, also twice', async () => {
    const lane = await openLane();
    const sequence = await lane.store();
    await lane.exhaust();
    await removeStored(broker, 'work', sequence);
    await removeStored(broker, 'work', sequence);
    expect(await lane.found()).toEqual([]);
  });
});

it('the server gives notice of a lease that was terminated', async () => {
  const lane = await openLane();
  const sequence = await lane.store();
  (await lane.next())!.term('not today');
  await eventually(async () => {
    const notices = (await readStored(broker, 'advisories', advisorySubjects.terminated)).map(({ data }) =>
      decode(WorkAdvisory, data),
    );
    expect(notices).toContainEqual(
      expect.objectContaining({ type: 'io.nats.jetstream.advisory.v1.terminated', stream_seq: sequence, reason: 'not today' }),
    );
  });
});
