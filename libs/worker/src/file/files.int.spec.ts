/** Files of task code, from a slot's thread to what a reader finds. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import {
  artifactSubjects,
  decodeResult,
  encode,
  limits,
  mailboxSubjects,
  newJobId,
  workQueueOf,
  workSubjects,
} from '@manyhands/proto';
import type { ComputeLease } from '@manyhands/proto';
import {
  createOutbox,
  filesOf,
  findFile,
  lastStored,
  openBroker,
  provision,
  putFileRecord,
  readWhole,
  removeArtifacts,
  storedCounts,
} from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { aComputeLease, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { startWorker, type Worker } from '../worker.ts';

let server: NatsServer;
let broker: Broker;
let worker: Worker;

beforeAll(async () => {
  server = await startNatsServer();
});
afterAll(() => server?.stop());
beforeEach(async () => {
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
  worker = await startWorker({
    broker,
    kindModules: [new URL('../../trial/kinds.ts', import.meta.url)],
    slots: 1,
    kinds: ['filer'],
  });
});
afterEach(async () => {
  await worker?.drain(0);
  await broker.close();
});

async function run(params: Record<string, unknown>, begin = 0, end = 1, jobId = newJobId(), lease = `${begin}-${end}-0`) {
  const given: ComputeLease = aComputeLease({
    job_id: jobId,
    lease,
    kind: 'filer',
    params,
    task: { op: 'compute', begin, end, total: 4, attempt: 0 },
  });
  await createOutbox(broker).publishAll([
    { subject: workSubjects.lease(given.kind, workQueueOf(given), jobId), data: encode(given) },
  ]);
  const result = await vi.waitFor(
    async () => {
      const stored = await lastStored(broker, 'mailbox', mailboxSubjects.result(jobId, lease));
      expect(stored).toBeDefined();
      return decodeResult(stored!.data);
    },
    { timeout: 20_000, interval: 20 },
  );
  return { tenant: given.tenant, jobId, result };
}

it('each is there whole, under the name that task code got, and leaves with its job', async () => {
  const sizes = [0, 10, limits.partBytesMax, 2 * limits.partBytesMax + 7];
  const { tenant, jobId, result } = await run({ sizes, byte: 9 }, 0, 2);
  expect(result).toMatchObject({ type: 'LeaseComputed', failed: [] });
  const refs = [0, 1].flatMap((chunk) =>
    sizes.map((bytes, at) => ({ file: `${chunk}-${at}.bin`, bytes, type: 'application/x-bytes' })),
  );
  expect(JSON.parse((result as { partial: { text: string } }).partial.text)).toEqual(refs);
  const files = await filesOf(broker, tenant, jobId);
  expect(files.map(({ record }) => [record.name, record.chunk, record.stored.bytes])).toEqual(
    refs.map(({ file, bytes }) => [file, Number(file[0]), bytes]),
  );
  for (const { record } of files) {
    const { stored } = (await findFile(broker, tenant, jobId, record.name))!;
    const bytes = await readWhole(broker, { tenant, owner: jobId, name: stored.name }, stored);
    expect(bytes.every((byte) => byte === 9)).toBe(true);
    expect(bytes).toHaveLength(record.stored.bytes);
  }
  await removeArtifacts(broker, tenant, jobId);
  expect((await storedCounts(broker, 'artifacts', artifactSubjects.ofOwner(tenant, jobId))).size).toBe(0);
});

it('of two runs of a chunk the later file counts, and of a run that did not wait nothing is left but garbage of its job', async () => {
  const { tenant, jobId } = await run({ sizes: [10], byte: 1, fail: [0] });
  await run({ sizes: [20], byte: 2 }, 0, 1, jobId, '0-1-1');
  const files = await filesOf(broker, tenant, jobId);
  expect(files.map(({ record }) => [record.name, record.stored.bytes])).toEqual([['0-0.bin', 20]]);
  const hasty = await run({ sizes: [10 * limits.partBytesMax], byte: 1, hasty: [0] });
  expect(hasty.result).toMatchObject({ failed: [] });
  expect(await filesOf(broker, tenant, hasty.jobId)).toEqual([]);
});

it('a file of the most bytes is stored, and one byte more is refused, and leaves nothing', async () => {
  const { fileBytesMax } = limits;
  onTestFinished(() => void Object.assign(limits, { fileBytesMax }));
  Object.assign(limits, { fileBytesMax: limits.partBytesMax + 1 });
  expect((await run({ sizes: [limits.fileBytesMax], byte: 1 })).result).toMatchObject({ failed: [] });
  const { tenant, jobId, result } = await run({ sizes: [limits.fileBytesMax + 1], byte: 1 });
  expect(result).toMatchObject({ failed: [{ error: { code: 'too_large', retryable: false } }] });
  await eventually(async () =>
    expect((await storedCounts(broker, 'artifacts', artifactSubjects.ofOwner(tenant, jobId))).size).toBe(0),
  );
});

it('one file more than a job may have is refused for good, and one that it has is written over', async () => {
  const jobId = newJobId();
  const { tenant } = aComputeLease();
  const most = Array.from({ length: limits.filesPerJobMax }, (_, at) => `1-${at}.bin`);
  const outbox = createOutbox(broker);
  await outbox.publishAll(most.map((name) => ({ subject: artifactSubjects.file(tenant, jobId, name), data: new Uint8Array() })));
  const [first] = most;
  await putFileRecord(broker, {
    v: 1,
    type: 'FileRecord',
    job_id: jobId,
    tenant,
    chunk: 1,
    name: first!,
    media_type: 'a/b',
    stored: { name: 'f-1-x', from: 0, bytes: 0 },
  });
  const { result } = await run({ sizes: [1], byte: 1 }, 0, 1, jobId);
  expect(result).toMatchObject({
    failed: [{ error: { code: 'compute_refused', message: expect.stringContaining('may have no more') as string } }],
  });
  expect((await run({ sizes: [5], byte: 1 }, 1, 2, jobId)).result).toMatchObject({ failed: [] });
  expect((await findFile(broker, tenant, jobId, first!))?.stored.bytes).toBe(5);
}, 60_000);
