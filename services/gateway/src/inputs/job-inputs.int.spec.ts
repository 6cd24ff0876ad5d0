import { findInput, inputObject, putResultsRecord, readPart, removeArtifacts, storeObject } from '@manyhands/broker';
import {
  copiedInputId,
  decode,
  limits,
  LOCAL_TENANT,
  mailboxSubjects,
  newInputId,
  newJobId,
  SubmitJob,
  type Answer,
  type ResultSegment,
} from '@manyhands/proto';
import { aJobView, aKindRegistration, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { lastStored } from '@manyhands/broker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFixture, type GatewayFixture } from '../gateway.fixture.ts';

let nats: NatsServer;
let gateway: GatewayFixture;

beforeAll(async () => {
  nats = await startNatsServer({ syncAlways: false });
  gateway = await startFixture(nats.url);
  const item = { type: 'object', properties: { url: { type: 'string' } }, required: ['url'] };
  for (const kind of [
    aKindRegistration({ kind: 'fetch', input: { form: 'items', schema: item }, output: 'lines' }),
    aKindRegistration({ kind: 'pairs', input: { form: 'items', batch: 2 }, output: 'lines' }),
    aKindRegistration({ kind: 'revenue', input: { form: 'csv' }, output: 'ordered', empty: { none: 0 }, finish: true }),
    aKindRegistration({ kind: 'sum', default_chunks: 8 }),
    aKindRegistration({ kind: 'rows', input: { form: 'table' } }),
  ])
    await gateway.world.register({ ...kind, params_schema: { type: 'object' } });
  await eventually(async () => expect((await gateway.call('/v1/kinds')).json).toMatchObject({ kinds: [{}, {}, {}, {}, {}] }));
});
afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

const submit = (body: object, headers: Record<string, string> = {}) => gateway.post({ params: {}, ...body }, { headers });
async function submitted(body: object, headers?: Record<string, string>): Promise<SubmitJob> {
  const answer = await submit(body, headers);
  expect(answer.status, answer.text).toBe(202);
  const { job_id: id } = answer.json as { job_id: string };
  return decode(SubmitJob, (await lastStored(gateway.world.broker, 'mailbox', mailboxSubjects.submit(id)))!.data);
}
async function upload(body: string, query: string): Promise<string> {
  const answer = await gateway.call(`/v1/inputs${query}`, { method: 'POST', body });
  expect(answer.status, answer.text).toBe(201);
  return (answer.json as Answer<'InputView'>).input_id;
}
async function storedOf(id: string): Promise<string> {
  const { record } = (await findInput(gateway.world.broker, LOCAL_TENANT, id))!;
  const parts = await Promise.all(
    record.parts.map((_, part) => readPart(gateway.world.broker, inputObject(LOCAL_TENANT, id), part)),
  );
  return Buffer.concat(parts).toString();
}

// Seen: 9007199254740993 reached the task code as 9007199254740992, in silence.
describe('a whole number that would be rounded', () => {
  const says = '9007199254740993 would be rounded to 9007199254740992; send it as a string: "9007199254740993"';

  test('is refused among items, with its place', async () => {
    expect(await submit({ kind: 'pairs', items: [1, 2] })).toMatchObject({ status: 202 });
    const answer = await gateway.call('/v1/jobs', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"kind":"pairs","params":{},"items":[1,{"id":[9007199254740993]}]}',
    });
    expect(answer).toMatchObject({ status: 400, json: { detail: expect.stringContaining(`items[1]: ${says}`) } });
  });

  test('is refused in an upload for a kind that reads records, with its line; and one without a kind when a job of such a kind is to have it', async () => {
    const lines = '1\n\n9007199254740993\n';
    const refused = await gateway.call('/v1/inputs?kind=pairs&form=ndjson', { method: 'POST', body: lines });
    expect(refused).toMatchObject({ status: 400, json: { detail: expect.stringContaining(`The input, line 3: ${says}`) } });
    const id = await upload(lines, '?form=ndjson');
    expect(await submit({ kind: 'pairs', input: id })).toMatchObject({
      status: 400,
      json: { detail: expect.stringContaining(`Input ${id}, line 3: ${says}`) },
    });
  });

  test('stays as it was written for a kind that reads digits itself', async () => {
    const lines = '{"a":9007199254740993}\n';
    for (const query of ['?form=ndjson', '?kind=rows&form=ndjson']) {
      const id = await upload(lines, query);
      expect(await submitted({ kind: 'rows', input: id })).toMatchObject({ chunks: 1 });
      expect(await storedOf(id)).toBe(lines);
    }
  });
});

describe('a job of a table', () => {
  test('gets CSV as it was sent, in whatever way that is stated, and any number of records', async () => {
    const csv = 'a,b\r\n1,"x\n""y"""\r\n';
    for (const query of ['?kind=rows', '?kind=rows&form=table', '?form=table']) {
      const id = await upload(csv, query);
      expect(await storedOf(id)).toBe(`\ufeff${csv}`);
      expect(await submitted({ kind: 'rows', input: id })).toMatchObject({ chunks: 1, input: { id, by: 'part', records: 1 } });
    }
    const answer = await gateway.call('/v1/inputs?kind=rows', {
      method: 'POST',
      body: csv,
      headers: { 'content-type': 'text/csv' },
    });
    expect(answer.json).toMatchObject({ form: 'table', records: 1 });
    const many = await upload(`a\n${'1\n'.repeat(limits.inputRecordsMax + 1)}`, '?form=table');
    expect((await submitted({ kind: 'rows', input: many })).input).toMatchObject({ records: limits.inputRecordsMax + 1 });
  });

  test('gets NDJSON of every other form that has records, and of none that has not', async () => {
    const id = await upload('{"a":1}\n', '?kind=rows&form=ndjson');
    expect(await storedOf(id)).toBe('{"a":1}\n');
    expect((await submitted({ kind: 'rows', items: [{ a: 1 }] })).chunks).toBe(1);
    expect((await submitted({ kind: 'rows', input: await upload('a\n1\n', '?form=csv') })).chunks).toBe(1);
    expect(await submit({ kind: 'rows', input: await upload('1\n', '?form=bytes') })).toMatchObject({ status: 400 });
    expect(await submit({ kind: 'revenue', input: await upload('a\n1\n', '?form=table') })).toMatchObject({ status: 400 });
  });

  test('that is no CSV is refused with its line', async () => {
    const answer = await gateway.call('/v1/inputs?form=table', { method: 'POST', body: 'a,b\n1,2\nx"y,2\n' });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('The input, line 3: it is not CSV');
  });
});

describe('a job of items', () => {
  test('has a chunk for each record of its input, is tried to its end, and is as its kind states', async () => {
    const id = await upload('{"url":"a"}\n{"url":"b"}\n{"url":"c"}', '?kind=fetch&form=ndjson');
    const job = await submitted({ kind: 'fetch', input: id, at_once: 20, max_failed: 2, tags: { team: 'web' } });
    expect(job).toMatchObject({
      chunks: 3,
      input: { id, records: 3, by: 'record' },
      output: 'lines',
      on_dead_chunk: 'continue',
      at_once: 20,
      max_failed: { count: 2 },
      tags: { team: 'web' },
    });
    expect(await submitted({ kind: 'fetch', input: id, on_dead_chunk: 'fail', max_failed: { share: 0.5 } })).toMatchObject({
      on_dead_chunk: 'fail',
      max_failed: { share: 0.5 },
    });
    expect((await gateway.call('/v1/jobs?tag=team=web&kind=fetch')).json).toMatchObject({ jobs: [{ job_id: job.job_id }] });
    expect((await gateway.call('/v1/jobs?tag=team=other')).json).toMatchObject({ jobs: [] });
    expect(await gateway.call('/v1/jobs?tag=team')).toMatchObject({ status: 422 });
    const view = (await gateway.call(`/v1/jobs/${job.job_id}`)).json;
    expect(view).toMatchObject({ total_chunks: 3, input: { id }, output: 'lines', tags: { team: 'web' } });
  });

  test('has its items in the body, as they are written', async () => {
    const job = await gateway.post(`{"kind":"fetch","params":{},"items":[{"url":"a","n":1.50},\n {"url":"]\\"["}]}`);
    expect(job.status, job.text).toBe(202);
    const { job_id: jobId } = job.json as { job_id: string };
    const { input, chunks } = (await gateway.world.mailbox())
      .filter(({ subject }) => subject === mailboxSubjects.submit(jobId))
      .map(({ data }) => decode(SubmitJob, data))[0]!;
    expect(chunks).toBe(2);
    expect(await storedOf(input!.id)).toBe('{"url":"a","n":1.50}\n{"url":"]\\"["}\n');
  });

  test('may have more items than an order may have characters, up to the size of a body', async () => {
    const items = Array.from({ length: 9_000 }, (_, index) => ({
      url: `https://example.com/a/rather/long/address/of/a/picture/${index}`,
    }));
    expect(await submitted({ kind: 'fetch', items })).toMatchObject({ chunks: 9_000, input: { records: 9_000 } });
    expect((await submit({ kind: 'fetch', items: Array.from({ length: 4 }, () => items).flat() })).status).toBe(413);
  });

  test('of batches has a chunk for so many', async () => {
    expect(await submitted({ kind: 'pairs', items: [1, 2, 3, 4, 5] })).toMatchObject({
      chunks: 3,
      input: { records: 5, by: 'record', batch: 2 },
    });
  });

  test('without any items has no chunks', async () => {
    expect(await submitted({ kind: 'fetch', items: [] })).toMatchObject({ chunks: 0, input: { records: 0 } });
    expect(await submitted({ kind: 'revenue', input: await upload('', '?form=csv') })).toMatchObject({
      chunks: 0,
      empty: { none: 0 },
    });
  });

  test.each([
    [{ items: [{ url: 'a' }, { url: 7 }] }, 400, 'items[1]: url: must be string.'],
    [{ items: [{}] }, 400, 'items[0]: url: field required.'],
    [{ input: newInputId() }, 400, expect.stringMatching(/is not stored.*POST \/v1\/inputs/)],
    [{}, 422, [{ loc: ['body', 'input'], type: 'missing' }]],
    [{ items: [], input: newInputId() }, 422, [{ loc: ['body', 'items'], type: 'extra_forbidden' }]],
    [{ items: {} }, 422, [{ loc: ['body', 'items'], type: 'list_type' }]],
    [{ input: 'x' }, 422, [{ loc: ['body', 'input'], msg: expect.stringMatching(/POST \/v1\/inputs/) }]],
    [{ input: { job: newJobId(), more: 1 } }, 422, [{ loc: ['body', 'input'] }]],
    [{ items: [{ url: 'a' }], chunks: 4 }, 422, [{ loc: ['body', 'chunks'], type: 'extra_forbidden' }]],
    [{ items: [{ url: 'a' }], cron: '@daily' }, 400, expect.stringMatching(/A schedule takes no input/)],
    [{ items: [], max_failed: -1 }, 422, [{ loc: ['body', 'max_failed'] }]],
    [{ items: [], max_failed: { share: 2 } }, 422, [{ loc: ['body', 'max_failed'] }]],
    [{ items: [], at_once: 0 }, 400, expect.stringMatching(/at_once must be between 1 and/)],
    [{ items: [], tags: { team: 7 } }, 422, [{ loc: ['body', 'tags'] }]],
    [
      { items: [], tags: Object.fromEntries(Array.from({ length: 11 }, (_, tag) => [`t${tag}`, ''])) },
      422,
      [{ loc: ['body', 'tags'] }],
    ],
  ])('is refused for %j', async (body, status, detail) => {
    expect(await submit({ kind: 'fetch', ...body })).toMatchObject({ status, json: { detail } });
  });

  test('is refused when the kind takes none, or another form', async () => {
    expect(await submit({ kind: 'sum', items: [1] })).toMatchObject({
      status: 422,
      json: {
        detail: [{ loc: ['body', 'input'], type: 'extra_forbidden', msg: expect.stringMatching(/kind sum takes no input/) }],
      },
    });
    const bytes = await upload('xyz', '?form=bytes');
    for (const [kind, input] of [
      ['fetch', bytes],
      ['revenue', bytes],
    ])
      expect(await submit({ kind, input })).toMatchObject({
        status: 400,
        json: { detail: expect.stringMatching(/was sent as bytes/) },
      });
    expect(await submit({ kind: 'revenue', items: [{}] })).toMatchObject({ status: 400 });
    expect(await submit({ kind: 'sum', chunks: 0 })).toMatchObject({ status: 400 });
    expect(await submitted({ kind: 'sum' })).toMatchObject({ chunks: 8, on_dead_chunk: 'fail' });
  });
});

test('a job of a file has a chunk for each part of it', async () => {
  const id = await upload(`a,b\n${`1,${'x'.repeat(100_000)}\n`.repeat(12)}`, '?kind=revenue');
  expect(await submitted({ kind: 'revenue', input: id })).toMatchObject({
    chunks: 3,
    input: { id, records: 12, by: 'part' },
    output: 'ordered',
    empty: { none: 0 },
    finish: true,
    on_dead_chunk: 'fail',
  });
});

describe('under an Idempotency-Key', () => {
  test('the same items are one input and one job', async () => {
    const headers = { 'idempotency-key': 'items' };
    const body = { kind: 'fetch', items: [{ url: 'a' }] };
    const first = await submitted(body, headers);
    expect(await submitted(body, headers)).toEqual(first);
    expect(await submit({ ...body, items: [{ url: 'b' }] }, headers)).toMatchObject({ status: 422 });
  });

  test('a gateway that died after it claimed the key, and after a part was stored, leaves what the repeat completes', async () => {
    const headers = { 'idempotency-key': 'dies' };
    const body = { kind: 'fetch', items: [{ url: 'of one that dies' }] };
    const first = await submitted(body, headers);
    const bucket = await gateway.world.bucket('idempotency');
    const noted = await eventually(async () => {
      const [entry] = (await bucket.entries()).filter(({ value }) => new TextDecoder().decode(value).includes(first.job_id));
      expect(new TextDecoder().decode(entry!.value)).toContain('"stored":true');
      return entry!;
    });
    const jobId = newJobId();
    const text = new TextDecoder().decode(noted.value).replaceAll(first.job_id, jobId).replace('"stored":true', '"stored":false');
    await bucket.put(noted.key, Buffer.from(text));
    const records = await gateway.world.bucket('artifactRecords');
    await records.remove(`${LOCAL_TENANT}.${first.input!.id}`);
    expect(await submitted(body, headers)).toEqual({ ...first, job_id: jobId });
    expect(await storedOf(first.input!.id)).toBe('{"url":"of one that dies"}\n');
  });
});

test('an input that a job is submitted with is held: what looks at it before sees that it has changed', async () => {
  const id = await upload('{"url":"a"}', '?form=ndjson');
  const { revision } = (await findInput(gateway.world.broker, LOCAL_TENANT, id))!;
  await submitted({ kind: 'fetch', input: id });
  await expect(removeArtifacts(gateway.world.broker, LOCAL_TENANT, id, revision)).rejects.toMatchObject({
    code: 'revision_conflict',
  });
  expect(await storedOf(id)).toBe('{"url":"a"}\n');
});

describe('the lines of another job', () => {
  async function aJobWithLines(): Promise<string> {
    const { broker } = gateway.world;
    const view = aJobView({ kind: 'pairs', status: 'completed', output: 'lines', results: { bytes: 24 }, completed_chunks: 3 });
    const object = (name: string) => ({ tenant: LOCAL_TENANT, owner: view.job_id, name });
    const stored = { name: 'o-2-3-0-n', from: 0, bytes: 12 };
    await storeObject(broker, object(stored.name), Buffer.from('{"url":"c"}\n'));
    const segments: ResultSegment[] = [
      { begin: 0, end: 1, text: '{"url":"a"}\n' },
      { begin: 2, end: 3, stored },
    ];
    const manifest = Buffer.from(segments.map((segment) => `${JSON.stringify(segment)}\n`).join(''));
    await storeObject(broker, object('results-0-n'), manifest);
    await putResultsRecord(broker, {
      v: 1,
      type: 'ResultsRecord',
      job_id: view.job_id,
      tenant: LOCAL_TENANT,
      round: 0,
      chunks: 2,
      bytes: 24,
      manifest: { name: 'results-0-n', from: 0, bytes: manifest.length },
    });
    await gateway.world.save(view);
    return view.job_id;
  }

  test('are the input of a job, copied once', async () => {
    const job = await aJobWithLines();
    await eventually(async () => expect((await gateway.call(`/v1/jobs/${job}`)).status).toBe(200));
    const [one, other] = await Promise.all([
      submitted({ kind: 'fetch', input: { job } }),
      submitted({ kind: 'fetch', input: { job } }),
    ]);
    const id = copiedInputId(job, 'results-0-n');
    expect(one).toMatchObject({ chunks: 2, input: { id, records: 2, by: 'record' } });
    expect(other.input).toEqual(one.input);
    expect(await storedOf(id)).toBe('{"url":"a"}\n{"url":"c"}\n');
  });

  test('are refused where there are none', async () => {
    expect(await submit({ kind: 'fetch', input: { job: newJobId() } })).toMatchObject({ status: 404 });
    const running = aJobView({ status: 'running', output: 'lines' });
    await gateway.world.save(running);
    await eventually(async () =>
      expect(await submit({ kind: 'fetch', input: { job: running.job_id } })).toMatchObject({ status: 409 }),
    );
  });
});
