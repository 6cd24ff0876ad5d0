import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mailboxSubjects, newJobId, STREAMS, workSubjects } from '@manyhands/proto';
import { createOutbox, openBroker, provision, readStored } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import type { NatsServer } from '@manyhands/testkit';
import { afterEach, expect, it, vi } from 'vitest';
import { startCluster } from './cluster.ts';

const lanes = 4;
const moves = 8;
const batchesMax = 40;
/** Some of a size that is stored by fast ingest, some that may be an atomic batch. */
const sizes = [2, 20, 40];
const folder = mkdtempSync(join(tmpdir(), 'moving-leader-'));
let servers: NatsServer[] = [];
const brokers: Broker[] = [];
afterEach(async () => {
  await Promise.all(brokers.map((broker) => broker.close()));
  await Promise.all(servers.map((server) => server.kill()));
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
});

async function connected(name: string): Promise<Broker> {
  const broker = await openBroker({ url: servers.map(({ url }) => url).join(','), name, connectTimeoutMs: 60_000 });
  brokers.push(broker);
  return broker;
}

/** The leader gives its place to another, and the next one is waited for. */
async function moveLeader({ connection, manager }: Broker, stream: string): Promise<void> {
  const before = (await manager.streams.info(stream)).cluster?.leader;
  await connection.request(`$JS.API.STREAM.LEADER.STEPDOWN.${stream}`, '', { timeout: 5_000 });
  await vi.waitFor(async () => expect((await manager.streams.info(stream)).cluster?.leader).not.toBe(before), {
    timeout: 10_000,
    interval: 20,
  });
}

it(
  'what is stored together is stored once while streams change their leaders and a server is killed',
  { timeout: 240_000 },
  async () => {
    servers = await startCluster(folder);
    const operator = await connected('operator');
    await provision(operator, { replicas: 3 });
    const job = newJobId();
    const results: string[] = [];
    const leases: string[] = [];
    let moved = 0;

    async function publish(lane: number): Promise<void> {
      const outbox = createOutbox(await connected(`lane ${lane}`), { patienceMs: 60_000 });
      for (let batch = 0; batch < batchesMax && (batch === 0 || moved < moves); batch += 1) {
        const ids = Array.from({ length: sizes[batch % sizes.length]! }, (_, index) => `${lane}-${batch}-${index}`);
        const fenced = ids.map((id) => ({
          subject: mailboxSubjects.result(job, id),
          data: Buffer.from(id),
          expectLastSubjectSequence: 0,
        }));
        const noted = ids.map((id) => ({
          subject: workSubjects.lease('moving', 'normal', job),
          data: Buffer.from(id),
          messageId: id,
        }));
        expect(new Set(await outbox.publishAll([...fenced, ...noted]))).toEqual(new Set(['stored']));
        results.push(...ids);
        leases.push(...ids);
      }
    }

    async function disturb(): Promise<void> {
      for (; moved < moves; moved += 1) {
        await moveLeader(operator, moved % 2 === 0 ? STREAMS.mailbox.name : STREAMS.work.name).catch(() => undefined);
        if (moved === 3) await servers[2]!.kill();
        if (moved === 5) await servers[2]!.restart();
      }
    }

    await Promise.all([disturb(), ...Array.from({ length: lanes }, (_, lane) => publish(lane))]);
    const text = ({ data }: { data: Uint8Array }): string => Buffer.from(data).toString();
    expect((await readStored(operator, 'mailbox', mailboxSubjects.ofJob(job))).map(text).sort()).toEqual(results.sort());
    expect((await readStored(operator, 'work', workSubjects.ofJob(job))).map(text).sort()).toEqual(leases.sort());
  },
);
