import { createOutbox, openBroker, openBucket, provision, readStored } from '@manyhands/broker';
import type { Broker, Bucket } from '@manyhands/nats';
import { createLogger } from '@manyhands/observe';
import { deadSubjects, encode, keys, LOCAL_TENANT, newJobId } from '@manyhands/proto';
import { aJobView, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LetterTidy } from './letter-tidy.ts';

let server: NatsServer;
let broker: Broker;
let jobs: Bucket;
const hour = 3_600_000;

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
  jobs = await openBucket(broker, 'jobs');
});
afterAll(async () => {
  await broker?.close();
  await server?.stop();
});

// Seen: letters stayed for 30 days after their job had gone, were counted, and the requeue they offer was 404.
it('letters leave once their job is gone and they are older than a job is kept', async () => {
  const [gone, kept] = [newJobId(), newJobId()];
  await jobs.put(keys.job(LOCAL_TENANT, kept), encode(aJobView({ job_id: kept, status: 'failed' })));
  const letter = (jobId: string, chunk: number) => ({
    subject: deadSubjects.chunk(LOCAL_TENANT, jobId, 0, chunk),
    data: new TextEncoder().encode('{}'),
  });
  await createOutbox(broker).publishAll([
    letter(gone, 0),
    letter(gone, 1),
    letter(kept, 0),
    { subject: deadSubjects.mailbox(gone), data: new TextEncoder().encode('{}') },
  ]);
  const tidy = new LetterTidy(broker, jobs, 24, createLogger('test', { level: 'silent' }));
  const lettersOf = async (jobId: string) =>
    (await readStored(broker, 'dead', deadSubjects.chunksOfJob(LOCAL_TENANT, jobId))).length;
  expect(await tidy.sweep(Date.now() + 20 * hour)).toBe(0);
  expect(await lettersOf(gone)).toBe(2);
  expect(await tidy.sweep(Date.now() + 30 * hour)).toBe(2);
  expect([await lettersOf(gone), await lettersOf(kept)]).toEqual([0, 1]);
  expect(await readStored(broker, 'dead', deadSubjects.mailbox(gone))).toHaveLength(1);
});
