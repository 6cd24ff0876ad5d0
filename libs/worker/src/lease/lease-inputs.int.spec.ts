import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  artifactSubjects,
  coreSubjects,
  decode,
  decodeResult,
  encode,
  KindRegistration,
  keys,
  limits,
  LOCAL_TENANT,
  mailboxSubjects,
  newInputId,
  STREAMS,
  workQueueOf,
  workSubjects,
  type CancelLeases,
  type ComputeLease,
  type LeaseComputed,
  type LeaseFailed,
} from '@manyhands/proto';
import {
  createOutbox,
  inputObject,
  lastStored,
  ObjectWriter,
  openBucket,
  purgeStored,
  putInputRecord,
  readWhole,
  storedSubjects,
} from '@manyhands/broker';
import { aComputeLease } from '@manyhands/testkit';
import { broker, useProvisionedServer } from '@manyhands/testkit/provisioned-server';
import { startWorker, type Worker, type WorkerOptions } from '../worker.ts';

useProvisionedServer();

const kindModules = [new URL('../../trial/item-kinds.ts', import.meta.url)];
let started: Worker[] = [];
afterEach(async () => {
  await Promise.all(started.map((worker) => worker.drain(0)));
  started = [];
  await broker.manager.streams.purge(STREAMS.work.name);
});

async function work(options: Partial<WorkerOptions> = {}): Promise<Worker> {
  const worker = await startWorker({ broker, kindModules, slots: 1, ackWaitMs: 1_000, ...options });
  started.push(worker);
  return worker;
}

/** Stores records as the gateway does, `perPart` in each part. */
async function stored(records: readonly unknown[], perPart: number): Promise<string> {
  const id = newInputId();
  const writer = new ObjectWriter(broker, inputObject(LOCAL_TENANT, id));
  const parts: number[] = [];
  for (let at = 0; at < records.length; at += perPart) {
    const some = records.slice(at, at + perPart);
    await writer.put(new TextEncoder().encode(some.map((record) => `${JSON.stringify(record)}\n`).join('')));
    parts.push(some.length);
  }
  await putInputRecord(broker, {
    v: 1,
    type: 'InputRecord',
    input_id: id,
    tenant: LOCAL_TENANT,
    form: 'ndjson',
    records: records.length,
    bytes: await writer.close(),
    parts,
    created_at: new Date().toISOString(),
  });
  return id;
}

async function give(lease: ComputeLease): Promise<ComputeLease> {
  await createOutbox(broker).publishAll([
    { subject: workSubjects.lease(lease.kind, workQueueOf(lease), lease.job_id), data: encode(lease) },
  ]);
  return lease;
}

async function resultOf(lease: ComputeLease): Promise<LeaseComputed | LeaseFailed> {
  return vi.waitFor(
    async () => {
      const message = await lastStored(broker, 'mailbox', mailboxSubjects.result(lease.job_id, lease.lease));
      expect(message, `a result of ${lease.lease}`).toBeDefined();
      return decodeResult(message!.data);
    },
    { timeout: 15_000, interval: 20 },
  );
}

const computed = async (lease: ComputeLease): Promise<LeaseComputed> => (await resultOf(lease)) as LeaseComputed;
/** The lines of a result, wherever they are. */
async function linesOf(lease: ComputeLease, { text, stored: ref }: LeaseComputed): Promise<string> {
  if (!ref) return text!;
  const object = { tenant: lease.tenant, owner: lease.job_id, name: ref.name };
  return Buffer.from(await readWhole(broker, object, ref)).toString();
}
const partsOf = async ({ tenant, job_id: jobId }: ComputeLease): Promise<number> =>
  (await storedSubjects(broker, 'artifacts', artifactSubjects.ofOwner(tenant, jobId))).subjects.length;
const allSettled = () =>
  vi.waitFor(async () => expect((await broker.manager.streams.info(STREAMS.work.name)).state.messages).toBe(0), {
    timeout: 10_000,
    interval: 20,
  });

const numbers = (count: number, more: (n: number) => object = () => ({})) =>
  Array.from({ length: count }, (_, n) => ({ n, ...more(n) }));
const line = (n: number, letters = 0) => `${JSON.stringify({ n: n * 2, text: 'x'.repeat(letters) })}\n`;
const linesLease = (id: string, records: number, given: Parameters<typeof aComputeLease>[0]) =>
  aComputeLease({ kind: 'doubled', total: records, ...given, input: { id, records, by: 'record' }, output: 'lines' });

describe('a lease of lines', () => {
  it('is computed from the records of its span, over the borders of parts, and a failure is a gap between two segments', async () => {
    await work();
    const records = numbers(100, (n) => (n === 47 ? { fail: true } : n === 48 ? { n: 'x' } : {}));
    const lease = await give(linesLease(await stored(records, 7), 100, { begin: 40, end: 60 }));
    const result = await computed(lease);
    const left = [40, 41, 42, 43, 44, 45, 46, ...Array.from({ length: 11 }, (_, at) => 49 + at)];
    expect(result.text).toBe(left.map((n) => line(n)).join(''));
    expect(result.segments).toEqual([
      [40, 47, 7 * line(40).length],
      [49, 60, line(49).length + 10 * line(50).length],
    ]);
    expect(result.failed).toMatchObject([
      { chunk: 47, error: { code: 'compute_failed', message: 'item 47 fails', retryable: true } },
      {
        chunk: 48,
        error: { code: 'compute_refused', message: expect.stringMatching(/^item 48 does not fit/) as string, retryable: false },
      },
    ]);
    expect(result).not.toHaveProperty('stored');
    expect(result).not.toHaveProperty('left');
    await allSettled();
    expect(await partsOf(lease)).toBe(0);
  });

  it('leaves many lines in ARTIFACTS, under a name of its own for each run', async () => {
    await work();
    const records = numbers(1_000, () => ({ letters: 1_000 }));
    const id = await stored(records, 300);
    const lease = await give(linesLease(id, 1_000, { begin: 0, end: 1_000 }));
    const copy = await give({
      ...linesLease(id, 1_000, { begin: 0, end: 1_000 }),
      job_id: lease.job_id,
      lease: `${lease.lease}-copy`,
    });
    const [one, other] = [await computed(lease), await computed(copy)];
    const expected = records.map(({ n }) => line(n, 1_000)).join('');
    expect(one.segments).toEqual([[0, 1_000, expected.length]]);
    expect(one.stored!.name).toMatch(new RegExp(`^o-${lease.lease}-`));
    expect(other.stored!.name).not.toBe(one.stored!.name);
    expect(await linesOf(lease, one)).toBe(expected);
    expect(await linesOf(copy, other)).toBe(expected);
    expect(await partsOf(lease)).toBe(2 * Math.ceil(expected.length / limits.partBytesMax));
  });

  it('fails the chunk whose line is longer than a line may be, for good, and no other', async () => {
    await work();
    const most = limits.partBytesMax - '{"n":0,"text":""}'.length;
    const id = await stored([{ n: 0, letters: most }, { n: 0, letters: most + 1 }, { n: 3 }], 3);
    const lease = await give(linesLease(id, 3, { begin: 0, end: 3 }));
    const result = await computed(lease);
    expect(result.failed).toEqual([
      { chunk: 1, error: expect.objectContaining({ code: 'too_large', retryable: false }) as unknown },
    ]);
    expect(result.segments).toEqual([
      [0, 1, limits.partBytesMax + 1],
      [2, 3, line(3).length],
    ]);
    expect(await linesOf(lease, result)).toBe(`{"n":0,"text":"${'x'.repeat(most)}"}\n${line(3)}`);
  });

  it('of batches gives each chunk so many records', async () => {
    await work();
    const input = { id: await stored(numbers(250), 64), records: 250, by: 'record' as const, batch: 100 };
    const lease = await give(aComputeLease({ kind: 'batched', begin: 1, end: 3, total: 3, input, output: 'lines' }));
    const result = await computed(lease);
    expect(result.text).toBe(Array.from({ length: 150 }, (_, at) => `${(100 + at) * 2}\n`).join(''));
    expect(result.segments!.map(([begin, end]) => [begin, end])).toEqual([[1, 3]]);
  });

  it('whose input is not stored any more fails with input_lost, which no retry changes', async () => {
    await work();
    const id = await stored(numbers(20), 5);
    await purgeStored(broker, 'artifacts', artifactSubjects.part(LOCAL_TENANT, id, 'in', 2));
    const lost = { type: 'LeaseFailed', error: { code: 'input_lost', retryable: false } };
    expect(await resultOf(await give(linesLease(id, 20, { begin: 8, end: 12 })))).toMatchObject(lost);
    expect(await resultOf(await give(linesLease(id, 20, { begin: 0, end: 10 })))).toMatchObject({
      text: expect.anything() as string,
    });
    expect(await resultOf(await give(linesLease(newInputId(), 20, { begin: 0, end: 10 })))).toMatchObject(lost);
    await allSettled();
  });

  it('waits while ARTIFACTS is full, and loses nothing; cancelled it waits no more', async () => {
    await work();
    const id = await stored(
      numbers(100, () => ({ letters: 10_000 })),
      100,
    );
    const { config } = await broker.manager.streams.info(STREAMS.artifacts.name);
    const { state } = await broker.manager.streams.info(STREAMS.artifacts.name);
    await broker.manager.streams.update(STREAMS.artifacts.name, { max_bytes: state.bytes + 100_000 });
    try {
      const lease = await give(linesLease(id, 100, { begin: 0, end: 100 }));
      const unwanted = await give(linesLease(id, 100, { begin: 0, end: 100 }));
      // The slot is free again, and what needs no room goes on.
      const small = await give(linesLease(await stored(numbers(3), 3), 3, { begin: 0, end: 3 }));
      expect(await computed(small)).toMatchObject({ text: [0, 1, 2].map((n) => line(n)).join('') });
      const held = async (): Promise<number> => (await broker.manager.streams.info(STREAMS.work.name)).state.messages;
      await vi.waitFor(async () => expect(await held()).toBe(2), { timeout: 5_000 });
      broker.publish(
        coreSubjects.cancelLeases,
        encode({ v: 1, type: 'CancelLeases', job_id: unwanted.job_id } satisfies CancelLeases),
      );
      await vi.waitFor(async () => expect(await held()).toBe(1), { timeout: 5_000 });
      expect(await lastStored(broker, 'mailbox', mailboxSubjects.result(lease.job_id, lease.lease))).toBeUndefined();
      await broker.manager.streams.update(STREAMS.artifacts.name, { max_bytes: config.max_bytes });
      const result = await computed(lease);
      expect(await linesOf(lease, result)).toBe(
        numbers(100)
          .map(({ n }) => line(n, 10_000))
          .join(''),
      );
      await allSettled();
    } finally {
      await broker.manager.streams.update(STREAMS.artifacts.name, { max_bytes: config.max_bytes });
    }
  });
});

describe('a merge', () => {
  it('of lines puts them one after the other without any task code, in the lease or stored', async () => {
    await work();
    const id = await stored(
      numbers(300, () => ({ letters: 100 })),
      300,
    );
    const lease = await give(linesLease(id, 300, { begin: 0, end: 300 }));
    const { stored: whole, segments } = await computed(lease);
    const middle = segments![0]![2];
    const merge = await give(
      aComputeLease({
        kind: 'doubled',
        job_id: lease.job_id,
        lease: 'm-3-x-0',
        output: 'lines',
        task: {
          op: 'merge',
          attempt: 0,
          inputs: [
            { id: 'a', text: 'first\n' },
            { id: 'b', stored: whole! },
            { id: 'c', text: '{"last":"ä"}\n' },
          ],
        },
      }),
    );
    const merged = await computed(merge);
    expect(merged).toMatchObject({ failed: [], compute_ms: 0, stored: { bytes: middle + 'first\n'.length + 14 } });
    expect(await linesOf(merge, merged)).toBe(`first\n${await linesOf(lease, { stored: whole } as LeaseComputed)}{"last":"ä"}\n`);
    const few = await give(
      aComputeLease({
        kind: 'doubled',
        lease: 'm-2-x-0',
        output: 'lines',
        task: {
          op: 'merge',
          attempt: 0,
          inputs: [
            { id: 'a', text: '1\n' },
            { id: 'b', text: '2\n' },
          ],
        },
      }),
    );
    expect(await computed(few)).toMatchObject({ text: '1\n2\n' });
    await allSettled();
  });

  it('of large partials reads what is stored, and stores what it makes; the last one is finished', async () => {
    await work();
    const letters = 200_000;
    const params = { letters };
    const compute = await give(aComputeLease({ kind: 'chained', params, begin: 3, end: 6, total: 9, output: 'ordered' }));
    const { stored: middle } = await computed(compute);
    const text = ['3', '4', '5'].map((digit) => digit.repeat(letters)).join('');
    expect(middle).toEqual({ name: expect.stringMatching(/^o-3-6-0-/) as string, from: 0, bytes: text.length + 2 });
    const merge = await give(
      aComputeLease({
        kind: 'chained',
        params,
        job_id: compute.job_id,
        lease: 'm-3-x-0',
        output: 'ordered',
        task: {
          op: 'merge',
          attempt: 0,
          last: true,
          inputs: [
            { id: 'a', partial: '<' },
            { id: 'b', stored: middle! },
            { id: 'c', partial: '>' },
          ],
        },
      }),
    );
    expect(await linesOf(merge, await computed(merge))).toBe(JSON.stringify(`<${text}>!`));
    const lost = await give({
      ...merge,
      lease: 'm-1-x-0',
      task: { op: 'merge', attempt: 0, inputs: [{ id: 'b', stored: { ...middle!, name: 'o-3-6-0-none' } }] },
    });
    expect(await resultOf(lost)).toMatchObject({ type: 'LeaseFailed', error: { code: 'input_lost', retryable: false } });
  });
});

it('a partial of the most bytes that a message carries is in it, one byte more is stored', async () => {
  await work();
  for (const [letters, isStored] of [
    [limits.inlinePartialBytesMax - 2, false],
    [limits.inlinePartialBytesMax - 1, true],
  ] as const) {
    const lease = await give(aComputeLease({ kind: 'chained', params: { letters }, begin: 0, end: 1, output: 'ordered' }));
    const result = await computed(lease);
    expect([result.stored !== undefined, result.partial !== undefined]).toEqual([isStored, !isStored]);
  }
});

it('an ordered lease ends at the first chunk that fails, and the rest goes back', async () => {
  await work();
  const lease = await give(
    aComputeLease({ kind: 'chained', params: { fail: 5 }, begin: 2, end: 9, total: 9, output: 'ordered' }),
  );
  const result = await computed(lease);
  expect(result.partial?.text).toBe('"234"');
  expect(result).toMatchObject({ failed: [{ chunk: 5 }], left: [[6, 9]] });
});

it('the parts of a file are chunks, and their records are what the schema makes of them', async () => {
  await work();
  const id = await stored(
    Array.from({ length: 100 }, (_, n) => ({ cents: `${n}`, note: 'ä' })),
    30,
  );
  const input = { id, records: 100, by: 'part' as const };
  const lease = await give(aComputeLease({ kind: 'cents', begin: 1, end: 3, total: 4, input }));
  const sum = Array.from({ length: 60 }, (_, at) => 30 + at).reduce((left, right) => left + right);
  expect((await computed(lease)).partial?.text).toBe(`${sum}`);
});

it('a kind is registered with what its chunks are cut from and what they leave', async () => {
  await work();
  const bucket = await openBucket(broker, 'kinds');
  const registered = async (kind: string) => decode(KindRegistration, (await bucket.get(keys.kind(kind)))!.value!);
  expect(await registered('doubled')).toMatchObject({ input: { form: 'items', schema: { required: ['n'] } }, output: 'lines' });
  expect(await registered('batched')).toMatchObject({ input: { form: 'items', batch: 100 } });
  expect((await registered('cents')).input).toEqual({ form: 'csv' });
  expect(await registered('chained')).toMatchObject({ output: 'ordered', empty: '', finish: true });
});
