import {
  artifactSubjects,
  encode,
  keys,
  limits,
  newInputId,
  newJobId,
  STREAMS,
  type InputRecord,
  type ResultsRecord,
} from '@manyhands/proto';
import { broker, useProvisionedServer } from '@manyhands/testkit/provisioned-server';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openBucket, purgeStored, storedSubjects } from '../bound.ts';
import { getInputRecord, putInputRecord, removeArtifacts } from './artifact-records.ts';
import { readObject, readPart, readParts, readWhole } from './read-object.ts';
import { getResultsRecord, putResultsRecord } from './results-record.ts';
import { inputObject, newNonce, type StoredObject } from './stored-object.ts';
import { ObjectWriter, storeObject } from './write-object.ts';

useProvisionedServer();

const size = limits.partBytesMax;
const anObject = (): StoredObject => ({ tenant: 'local', owner: newJobId(), name: `o-0-1-0-${newNonce()}` });
/** Each byte depends on its place, so that a byte from elsewhere is seen. */
const someBytes = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, at) => (at * 7 + (at >> 8)) & 0xff);
const partsOf = async ({ tenant, owner }: StoredObject): Promise<string[]> =>
  (await storedSubjects(broker, 'artifacts', artifactSubjects.ofOwner(tenant, owner))).subjects;

describe('a stored object', () => {
  it.each([0, 1, size - 1, size, size + 1, 10 * size + 17])(
    'of %i bytes comes back as it was, from any byte to any other',
    async (count) => {
      const object = anObject();
      const bytes = someBytes(count);
      expect(await storeObject(broker, object, bytes)).toBe(count);
      expect(await partsOf(object)).toHaveLength(Math.ceil(count / size));
      expect(Buffer.compare(await readWhole(broker, object, { from: 0, bytes: count }), bytes)).toBe(0);
      for (const from of [0, 1, size - 1, size, count >> 1].filter((at) => at <= count))
        for (const to of [from, from + 1, size, count - 1, count].filter((at) => at >= from && at <= count)) {
          const read = await readWhole(broker, object, { from, bytes: to - from });
          expect(Buffer.compare(read, bytes.subarray(from, to)), `${from} to ${to}`).toBe(0);
        }
    },
  );

  it('is cut at the same bytes in whatever pieces it is written', async () => {
    const object = anObject();
    const bytes = someBytes(2 * size + 5);
    const cuts = [0, 1, 1, 1_000, size - 1, size + 3, 2 * size, 2 * size + 5];
    const pieces = cuts.slice(1).map((cut, at) => bytes.subarray(cuts[at], cut));
    expect(await storeObject(broker, object, pieces)).toBe(bytes.length);
    expect((await readPart(broker, object, 0)).length).toBe(size);
    expect((await readPart(broker, object, 2)).length).toBe(5);
    expect(Buffer.compare(await readWhole(broker, object, { from: 0, bytes: bytes.length }), bytes)).toBe(0);
  });

  it('is read a few parts ahead and no more', async () => {
    const object = anObject();
    await storeObject(broker, object, someBytes(20 * size));
    let asked = 0;
    const { getMessage } = broker.manager.direct;
    const { direct } = broker.manager;
    direct.getMessage = (stream, query) => ((asked += 1), getMessage.call(direct, stream, query));
    onTestFinished(() => {
      direct.getMessage = getMessage;
    });
    const reading = readObject(broker, object, { from: 0, bytes: 20 * size });
    await reading.next();
    await reading.next();
    expect(asked).toBeLessThanOrEqual(6);
    await reading.return();
    expect(asked).toBeLessThanOrEqual(6);
  });

  it('of which a part is missing is an error that names it, and one that ends too early too', async () => {
    const object = anObject();
    await storeObject(broker, object, someBytes(3 * size));
    await expect(readWhole(broker, object, { from: 0, bytes: 3 * size + 1 })).rejects.toMatchObject({ code: 'not_found' });
    await purgeStored(broker, 'artifacts', artifactSubjects.part(object.tenant, object.owner, object.name, 1));
    await expect(readWhole(broker, object, { from: 0, bytes: 3 * size })).rejects.toMatchObject({
      code: 'not_found',
      message: `part 1 of ${object.name} of job ${object.owner} is no longer stored`,
    });
    await storeObject(broker, { ...object, name: 'short' }, someBytes(10));
    await expect(readWhole(broker, { ...object, name: 'short' }, { from: 5, bytes: 6 })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('is written once: a second run of the same name is refused', async () => {
    const object = anObject();
    await storeObject(broker, object, someBytes(10));
    const writer = new ObjectWriter(broker, object);
    await writer.put(someBytes(9));
    await expect(writer.close()).rejects.toThrow('Invariant: each part is written once');
    expect(await readPart(broker, object, 0)).toHaveLength(10);
  });

  it('whose source fails leaves nothing', async () => {
    const object = anObject();
    const failing = (async function* () {
      yield someBytes(3 * size);
      await Promise.resolve();
      throw new Error('cut off');
    })();
    await expect(storeObject(broker, object, failing)).rejects.toThrow('cut off');
    expect(await partsOf(object)).toEqual([]);
  });

  it('that a replica does not have yet is read from the leader', async () => {
    const object = anObject();
    await storeObject(broker, object, someBytes(10));
    const { direct } = broker.manager;
    const { getMessage } = direct;
    direct.getMessage = () => Promise.resolve(null as never);
    onTestFinished(() => {
      direct.getMessage = getMessage;
    });
    expect(Buffer.compare(await readPart(broker, object, 0), someBytes(10))).toBe(0);
  });
});

it('of many parts a writer has a few under way, and states all acknowledged bytes when it is closed', async () => {
  const object = inputObject('local', newInputId());
  const writer = new ObjectWriter(broker, object);
  for (let part = 0; part < 40; part += 1) await writer.put(someBytes(1_000 + part));
  expect(await writer.close()).toBe(40_780);
  let part = 0;
  for await (const data of readParts(broker, object, 40)) expect(data).toHaveLength(1_000 + part++);
  expect(part).toBe(40);
});

describe('when ARTIFACTS is full', () => {
  it('a writer states so, and what it wrote is removed', async () => {
    const { config } = await broker.manager.streams.info(STREAMS.artifacts.name);
    await broker.manager.streams.update(STREAMS.artifacts.name, { max_bytes: 3 * size });
    onTestFinished(() =>
      broker.manager.streams.update(STREAMS.artifacts.name, { max_bytes: config.max_bytes }).then(() => undefined),
    );
    await broker.manager.streams.purge(STREAMS.artifacts.name);
    const object = anObject();
    await expect(storeObject(broker, object, someBytes(40 * size))).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('stream ARTIFACTS is full'),
    });
    expect(await partsOf(object)).toEqual([]);
  });
});

describe('a record', () => {
  const input: InputRecord = {
    v: 1,
    type: 'InputRecord',
    input_id: newInputId(),
    tenant: 'local',
    form: 'csv',
    records: 3,
    bytes: 30,
    parts: [2, 1],
    created_at: '2026-01-01T00:00:00.000Z',
  };
  const results = (job: string, round: number): ResultsRecord => ({
    v: 1,
    type: 'ResultsRecord',
    job_id: job,
    tenant: 'local',
    round,
    chunks: 2,
    bytes: 12,
    manifest: { name: `results-${round}-x`, from: 0, bytes: 40 },
  });

  it('of an input is there until it is removed, with its parts', async () => {
    await expect(getInputRecord(broker, 'local', input.input_id)).rejects.toMatchObject({ code: 'input_lost' });
    const object = inputObject('local', input.input_id);
    await storeObject(broker, object, someBytes(30));
    await putInputRecord(broker, input);
    expect(await getInputRecord(broker, 'local', input.input_id)).toEqual(input);
    for (let twice = 0; twice < 2; twice += 1) {
      await removeArtifacts(broker, 'local', input.input_id);
      await expect(getInputRecord(broker, 'local', input.input_id)).rejects.toMatchObject({ code: 'input_lost' });
      await expect(readPart(broker, object, 0)).rejects.toMatchObject({
        code: 'input_lost',
        message: expect.stringContaining('upload it again'),
      });
    }
  });

  it('of results gives way to that of a later round, and never to an earlier one', async () => {
    const job = newJobId();
    expect(await getResultsRecord(broker, 'local', job)).toBeUndefined();
    expect(await putResultsRecord(broker, results(job, 1))).toBe(true);
    expect(await putResultsRecord(broker, results(job, 0))).toBe(false);
    expect((await getResultsRecord(broker, 'local', job))!.round).toBe(1);
    expect(await putResultsRecord(broker, results(job, 1))).toBe(true);
    expect(await putResultsRecord(broker, results(job, 2))).toBe(true);
    expect((await getResultsRecord(broker, 'local', job))!.round).toBe(2);
  });

  // Seen: the end of the job was tried again without end.
  it('of results is written over one that another release stored', async () => {
    const job = newJobId();
    await (await openBucket(broker, 'artifactRecords')).put(keys.artifact('local', job), encode({ v: 9, type: 'ResultsRecord' }));
    expect(await putResultsRecord(broker, results(job, 0))).toBe(true);
    expect((await getResultsRecord(broker, 'local', job))!.round).toBe(0);
  });
});

it('a nonce is new each time, and safe in a subject', () => {
  const nonces = Array.from({ length: 1_000 }, newNonce);
  expect(new Set(nonces).size).toBe(1_000);
  for (const nonce of nonces) expect(nonce).toMatch(/^[A-Za-z0-9_-]{16}$/);
});
