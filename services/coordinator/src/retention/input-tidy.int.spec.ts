import {
  createOutbox,
  findInput,
  holdInput,
  inputObject,
  openBroker,
  openBucket,
  provision,
  purgeStored,
  putInputRecord,
  storedCounts,
  storeObject,
} from '@manyhands/broker';
import type { Broker, Bucket } from '@manyhands/nats';
import { createLogger } from '@manyhands/observe';
import {
  artifactSubjects,
  encode,
  keys,
  LOCAL_TENANT,
  mailboxSubjects,
  newInputId,
  newJobId,
  type JobView,
} from '@manyhands/proto';
import { aJobView, aSubmitJob, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { InputTidy } from './input-tidy.ts';

let server: NatsServer;
let broker: Broker;
let jobs: Bucket;
let tidy: InputTidy;
const hour = 3_600_000;

beforeAll(async () => {
  server = await startNatsServer({ syncAlways: false });
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
  jobs = await openBucket(broker, 'jobs');
  tidy = new InputTidy(broker, jobs, 24, createLogger('test', { level: 'silent' }));
});
beforeEach(async () => {
  await broker.manager.streams.purge('ARTIFACTS');
});
afterAll(async () => {
  await broker?.close();
  await server?.stop();
});

const parts = async (id: string): Promise<number> =>
  (await storedCounts(broker, 'artifacts', artifactSubjects.ofOwner(LOCAL_TENANT, id))).size;
const isThere = async (id: string): Promise<boolean> =>
  (await findInput(broker, LOCAL_TENANT, id)) !== undefined && (await parts(id)) > 0;

async function anInput({ named = true } = {}): Promise<string> {
  const id = newInputId();
  await storeObject(broker, inputObject(LOCAL_TENANT, id), encode('record'));
  const rest = { form: 'json' as const, records: 1, bytes: 8, parts: [1], created_at: new Date().toISOString() };
  if (named) await putInputRecord(broker, { v: 1, type: 'InputRecord', input_id: id, tenant: LOCAL_TENANT, ...rest });
  return id;
}

/** A job as it is before its view is stored: its input is held. */
async function aUser(input: string): Promise<string> {
  const jobId = newJobId();
  await holdInput(broker, LOCAL_TENANT, input, jobId);
  return jobId;
}
const view = (jobId: string, status: JobView['status']) =>
  jobs.put(keys.job(LOCAL_TENANT, jobId), encode(aJobView({ job_id: jobId, status })));

it('an input that no job was submitted with is removed after the retention, the record first', async () => {
  const input = await anInput();
  expect(await tidy.sweep(Date.now() + 23 * hour)).toBe(0);
  expect(await isThere(input)).toBe(true);
  expect(await tidy.sweep(Date.now() + 25 * hour)).toBe(1);
  expect([await findInput(broker, LOCAL_TENANT, input), await parts(input)]).toEqual([undefined, 0]);
});

it.each(['pending', 'running', 'paused', 'failed', 'completed'] as const)(
  'an input is kept while the view of a job that is %s is there, however long, and then removed',
  async (status) => {
    const input = await anInput();
    const [long, gone] = [await aUser(input), await aUser(input)];
    await view(long, status);
    expect(gone).not.toBe(long);
    expect(await tidy.sweep(Date.now() + 300 * hour)).toBe(0);
    expect(await isThere(input)).toBe(true);
    await jobs.remove(keys.job(LOCAL_TENANT, long));
    expect(await tidy.sweep(Date.now() + 300 * hour)).toBe(1);
    expect(await parts(input)).toBe(0);
  },
);

// As after a week without a coordinator: the first sweep comes before the first turn.
it('an input is kept while a submission with it waits in the mailbox', async () => {
  const input = await anInput();
  const jobId = await aUser(input);
  const submit = aSubmitJob({ job_id: jobId, input: { id: input, records: 1, by: 'record' } });
  await createOutbox(broker).publishAll([{ subject: mailboxSubjects.submit(jobId), data: encode(submit) }]);
  expect(await tidy.sweep(Date.now() + 160 * hour)).toBe(0);
  expect(await isThere(input)).toBe(true);
  await purgeStored(broker, 'mailbox', mailboxSubjects.ofJob(jobId));
  expect(await tidy.sweep(Date.now() + 160 * hour)).toBe(1);
});

it('parts that no record names are removed, but not while an upload may still go on', async () => {
  const input = await anInput({ named: false });
  const short = new InputTidy(broker, jobs, 1, createLogger('test', { level: 'silent' }));
  expect(await short.sweep(Date.now() + 11 * hour)).toBe(0);
  expect(await parts(input)).toBe(1);
  expect(await short.sweep(Date.now() + 13 * hour)).toBe(1);
  expect(await parts(input)).toBe(0);
});

it('an input that a job takes while the sweep looks at it stays', async () => {
  const input = await anInput();
  const late = new InputTidy(
    broker,
    // The sweep asks for the view of the job that is gone: between its look at the record and the removal.
    { ...jobs, get: async () => void (await holdInput(broker, LOCAL_TENANT, input, newJobId())) } as unknown as Bucket,
    24,
    createLogger('test', { level: 'silent' }),
  );
  await aUser(input);
  expect(await late.sweep(Date.now() + 30 * hour)).toBe(0);
  expect(await isThere(input)).toBe(true);
});

it('a job that comes after the removal is refused', async () => {
  const input = await anInput();
  await tidy.sweep(Date.now() + 30 * hour);
  await expect(holdInput(broker, LOCAL_TENANT, input, newJobId())).rejects.toMatchObject({ code: 'input_lost' });
});

it('an input whose record cannot be read is left alone, and the others are not', async () => {
  const [strange, other] = [await anInput(), await anInput()];
  const records = await openBucket(broker, 'artifactRecords');
  await records.put(keys.artifact(LOCAL_TENANT, strange), encode({ v: 9 }));
  expect(await tidy.sweep(Date.now() + 30 * hour)).toBe(1);
  expect([await parts(strange), await parts(other)]).toEqual([1, 0]);
});
