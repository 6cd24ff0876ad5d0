import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mailboxSubjects, newJobId } from '@manyhands/proto';
import { createOutbox, lastStored, openBroker, provision } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import type { NatsServer } from '@manyhands/testkit';
import { afterEach, expect, it } from 'vitest';
import { startCluster, storeOf, untilCopiesAreEqual } from './cluster.ts';

const folder = mkdtempSync(join(tmpdir(), 'lost-node-'));
let servers: NatsServer[] = [];
let broker: Broker | undefined;
afterEach(async () => {
  await broker?.close();
  await Promise.all(servers.map((server) => server.kill()));
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
});

/** Stores so many submits, each of a job of its own, and returns the subjects. */
async function store(count: number): Promise<string[]> {
  const subjects = Array.from({ length: count }, () => mailboxSubjects.submit(newJobId()));
  await createOutbox(broker!, { patienceMs: 60_000 }).publishAll(
    subjects.map((subject) => ({ subject, data: Buffer.from(subject), expectLastSubjectSequence: 0 })),
  );
  return subjects;
}

/** From one copy of each stream to three, as an operator does it: what cannot be changed is named, with the command that removes it. */
async function addCopies(broker: Broker): Promise<void> {
  await provision(broker);
  await expect(provision(broker, { replicas: 3 })).rejects.toThrow(
    /KV_limits .*persist_mode: it has "async".*The server cannot change that\..*`nats stream rm KV_limits`/s,
  );
  await broker.manager.streams.delete('KV_limits');
  await provision(broker, { replicas: 3 });
  for await (const { config } of broker.manager.streams.list()) expect(config, config.name).toMatchObject({ num_replicas: 3 });
  await expect(provision(broker, { replicas: 1 })).rejects.toThrow(/num_replicas: it has 3, needed is 1/);
}

it(
  'a server of three that lost its disk comes back empty, catches up, and then stands in for another, also where there was one copy before',
  { timeout: 180_000 },
  async () => {
    servers = await startCluster(folder);
    broker = await openBroker({ url: servers.map(({ url }) => url).join(','), name: 'test', connectTimeoutMs: 60_000 });
    await addCopies(broker);
    const subjects = await store(200);
    await untilCopiesAreEqual(broker);

    await servers[1]!.kill();
    rmSync(storeOf(folder, 'n2'), { recursive: true });
    subjects.push(...(await store(200)));
    await servers[1]!.restart();
    await untilCopiesAreEqual(broker);

    await servers[0]!.kill();
    const more = await store(1);
    for (const subject of [...subjects, ...more])
      expect(Buffer.from((await lastStored(broker, 'mailbox', subject))!.data).toString()).toBe(subject);
  },
);
