import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { putInputRecord, putResultsRecord, inputObject, removeArtifacts, storeObject } from '@manyhands/broker';
import {
  deadSubjects,
  encode,
  JsonText,
  keys,
  limits,
  LOCAL_TENANT,
  newInputId,
  newJobId,
  type DeadChunk,
  type JobView,
  type ResultSegment,
} from '@manyhands/proto';
import { aJobView, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { startFixture, startReadyGateway, type GatewayFixture } from '../gateway.fixture.ts';
import { open, request } from '../edge/raw-client.fixture.ts';
import { Downloads } from './downloads.ts';

const stuckMs = 1_500;
let nats: NatsServer;
let gateway: GatewayFixture;

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startFixture(nats.url, { stuckMs });
  await eventually(async () => expect((await gateway.call('/v1/jobs')).status).toBe(200));
});

afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

const tenant = LOCAL_TENANT;
const at = '2026-01-01T00:00:00.000Z';

async function save(given: Partial<JobView>): Promise<string> {
  const view = aJobView({ status: 'completed', finished_at: at, ...given, job_id: given.job_id ?? newJobId() });
  await gateway.world.save(view);
  return view.job_id;
}

/** A job of lines that is over, with what its coordinator stores. */
async function saveLines(
  segments: readonly (Omit<ResultSegment, 'stored'> & { stored?: string })[],
  given: Partial<JobView> = {},
) {
  const { broker } = gateway.world;
  const jobId = given.job_id ?? newJobId();
  const round = given.round ?? 0;
  const listed: ResultSegment[] = [];
  let bytes = 0;
  for (const { stored, ...segment } of segments) {
    bytes += Buffer.byteLength(stored ?? segment.text ?? '');
    if (stored === undefined) {
      listed.push(segment);
      continue;
    }
    const name = `o-${segment.begin}-${round}`;
    // As the run of a lease that has other lines before.
    await storeObject(broker, { tenant, owner: jobId, name }, Buffer.from(`"other"\n${stored}`));
    listed.push({ ...segment, stored: { name, from: 8, bytes: Buffer.byteLength(stored) } });
  }
  const name = `results-${round}-n`;
  const manifest = Buffer.from(listed.map((segment) => `${JSON.stringify(segment)}\n`).join(''));
  await storeObject(broker, { tenant, owner: jobId, name }, manifest);
  await putResultsRecord(broker, {
    v: 1,
    type: 'ResultsRecord',
    job_id: jobId,
    tenant,
    round,
    chunks: listed.reduce((sum, { begin, end }) => sum + end - begin, 0),
    bytes,
    manifest: { name, from: 0, bytes: manifest.length },
  });
  return save({ ...given, job_id: jobId, output: 'lines', results: { bytes }, result: null });
}

const letter = (jobId: string, chunk: number, given: Partial<DeadChunk> = {}): DeadChunk => ({
  v: 1,
  type: 'DeadChunk',
  job_id: jobId,
  tenant,
  kind: 'k',
  begin: chunk,
  end: chunk + 1,
  round: 0,
  error: { code: 'compute_failed', message: `no ${chunk}`, retryable: true },
  runs: [1, 2].map((run) => ({ run, code: 'compute_failed', message: `no ${chunk}`, worker: 'w', at })),
  died_at: at,
  ...given,
});
const storeLetters = (letters: readonly DeadChunk[]) =>
  gateway.world.outbox.publishAll(
    letters.map((dead) => ({ subject: deadSubjects.chunk(tenant, dead.job_id, dead.round, dead.begin), data: encode(dead) })),
  );

async function storeItems(items: readonly unknown[], perPart: number): Promise<string> {
  const id = newInputId();
  const parts = Array.from({ length: Math.ceil(items.length / perPart) }, (_, n) => items.slice(n * perPart, (n + 1) * perPart));
  for (const [part, records] of parts.entries()) {
    const data = Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    await gateway.world.outbox.publishAll([
      { subject: `artifact.${tenant}.${id}.${inputObject(tenant, id).name}.${part}`, data },
    ]);
  }
  await putInputRecord(gateway.world.broker, {
    v: 1,
    type: 'InputRecord',
    input_id: id,
    tenant,
    form: 'ndjson',
    records: items.length,
    bytes: 1,
    parts: parts.map(({ length }) => length),
    created_at: at,
  });
  return id;
}

// Seen: 500.
test('results that another release stored are refused as that', async () => {
  const jobId = await save({ output: 'lines', results: { bytes: 1 }, result: null });
  const records = await gateway.world.bucket('artifactRecords');
  await records.put(keys.artifact(tenant, jobId), encode({ v: 9, type: 'ResultsRecord' }));
  expect(await gateway.call(`/v1/jobs/${jobId}/results`)).toMatchObject({
    status: 503,
    json: { detail: expect.stringContaining('stored by another release') },
  });
});

describe('GET /v1/jobs/:id/results', () => {
  test('sends inline and stored lines in the order of the items, with a hole where chunks are dead', async () => {
    const job = await saveLines([
      { begin: 0, end: 2, text: '{"a":1}\n"two"\n' },
      { begin: 3, end: 6, stored: '3\n4\n[5]\n' },
      { begin: 6, end: 7, text: 'null\n' },
    ]);
    const answer = await gateway.call(`/v1/jobs/${job}/results`);
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(
      '{"index":0,"output":{"a":1}}\n{"index":1,"output":"two"}\n{"index":3,"output":3}\n{"index":4,"output":4}\n{"index":5,"output":[5]}\n{"index":6,"output":null}\n',
    );
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/x-ndjson; charset=utf-8',
      'content-disposition': `attachment; filename="results-${job}.ndjson"`,
      'cache-control': 'no-cache',
    });
    const bare = await gateway.call(`/v1/jobs/${job}/results?format=bare`);
    expect([bare.text, bare.headers.get('content-length')]).toEqual(['{"a":1}\n"two"\n3\n4\n[5]\nnull\n', '27']);
    const csv = await gateway.call(`/v1/jobs/${job}/results?format=csv`);
    expect(csv.text).toBe('index,output,a\r\n0,,1\r\n1,two,\r\n3,3,\r\n4,4,\r\n5,[5],\r\n6,,\r\n');
    expect([csv.headers.get('content-type'), csv.headers.get('content-disposition')]).toEqual([
      'text/csv; charset=utf-8; header=present',
      `attachment; filename="results-${job}.csv"`,
    ]);
    const json = await gateway.call(`/v1/jobs/${job}/results?format=json`);
    expect((json.json as unknown[]).slice(0, 3)).toEqual([
      { index: 0, output: { a: 1 } },
      { index: 1, output: 'two' },
      { index: 3, output: 3 },
    ]);
    expect((await gateway.call(`/v1/jobs/${job}/results?from=2&limit=3`)).text).toBe(
      '{"index":3,"output":3}\n{"index":4,"output":4}\n{"index":5,"output":[5]}\n',
    );
    expect((await gateway.call(`/v1/jobs/${job}/results?from=99`)).text).toBe('');
  });

  test('of batches has the index of each record', async () => {
    const input = { id: newInputId(), records: 5, by: 'record', batch: 2 } as const;
    const job = await saveLines([{ begin: 1, end: 3, text: '"c"\n"d"\n"e"\n' }], { input });
    expect((await gateway.call(`/v1/jobs/${job}/results`)).text).toBe(
      '{"index":2,"output":"c"}\n{"index":3,"output":"d"}\n{"index":4,"output":"e"}\n',
    );
  });

  test('has a tag: with it a client is answered 304 until a requeue has made other lines', async () => {
    const job = await saveLines([{ begin: 0, end: 1, text: '1\n' }]);
    const path = `/v1/jobs/${job}/results`;
    const etag = (await gateway.call(path)).headers.get('etag')!;
    expect(etag).toMatch(/^"results-0-n\.lines/);
    const again = await gateway.call(path, { headers: { 'if-none-match': `"x", ${etag}` } });
    expect([again.status, again.text]).toEqual([304, '']);
    expect((await gateway.call(`${path}?format=bare`, { headers: { 'if-none-match': etag } })).status).toBe(200);
    await saveLines([{ begin: 0, end: 2, text: '1\n2\n' }], { job_id: job, round: 1 });
    const requeued = await gateway.call(path, { headers: { 'if-none-match': etag } });
    expect([requeued.status, requeued.text.split('\n').length]).toEqual([200, 3]);
  });

  test('is answered to HEAD with the same head and nothing else', async () => {
    const job = await saveLines([{ begin: 0, end: 1, text: '1\n' }]);
    const answer = await gateway.call(`/v1/jobs/${job}/results?format=bare`, { method: 'HEAD' });
    expect([answer.status, answer.text, answer.headers.get('content-length')]).toEqual([200, '', '2']);
    expect(gateway.app.get(Downloads).open).toBe(0);
  });

  test.each([
    ['a job that runs', { status: 'running', output: 'lines' }, 409, 'is running; ask for its results when it is over'],
    ['a job of one answer', { result: 7 }, 404, '/result'],
    ['lines that are kept no longer', { output: 'lines', results: { bytes: 2 } }, 410, 'kept no longer'],
    [
      'a job that failed before',
      { status: 'failed', output: 'lines', error: { code: 'params_refused', message: 'It is not so.', retryable: false } },
      404,
      'It is not so.',
    ],
  ] as const)('is refused for %s', async (_what, view, status, words) => {
    const job = await save(view as Partial<JobView>);
    expect(await gateway.call(`/v1/jobs/${job}/results`)).toMatchObject({
      status,
      json: { detail: expect.stringContaining(words) },
    });
  });

  test('is empty for a job without chunks', async () => {
    const job = await save({ output: 'lines', total_chunks: 0, completed_chunks: 0 });
    expect(await gateway.call(`/v1/jobs/${job}/results?format=json`)).toMatchObject({ status: 200, json: [] });
  });

  test('is refused for no job, and for a query that is wrong', async () => {
    expect((await gateway.call(`/v1/jobs/${newJobId()}/results`)).status).toBe(404);
    const job = await saveLines([{ begin: 0, end: 1, text: '1\n' }]);
    for (const [query, status] of [
      ['format=xml', 422],
      ['from=x', 422],
      ['from=-1', 400],
      ['limit=0', 400],
      [`limit=${limits.inputRecordsMax}`, 200],
      [`limit=${limits.inputRecordsMax + 1}`, 400],
      [`from=${limits.inputRecordsMax + 1}`, 400],
    ] as const)
      expect((await gateway.call(`/v1/jobs/${job}/results?${query}`)).status, query).toBe(status);
  });

  test('is 410 when its parts are removed before the answer begins, and cut off when in the middle', async () => {
    const line = `"${'x'.repeat(1022)}"\n`;
    const job = await saveLines([
      { begin: 0, end: 4_096, stored: line.repeat(4_096) },
      { begin: 4_096, end: 8_192, stored: line.repeat(4_096) },
    ]);
    const broken = await saveLines([{ begin: 0, end: 3, text: '1\n' }]);
    await expect(gateway.call(`/v1/jobs/${broken}/results`)).resolves.toMatchObject({ status: 500 });
    const answer = await fetch(`${gateway.origin}/v1/jobs/${job}/results`);
    expect(answer.status).toBe(200);
    const reader = answer.body!.getReader();
    await reader.read();
    await gateway.world.broker.manager.streams.purge('ARTIFACTS', { filter: `artifact.${tenant}.${job}.>` });
    const rest = async () => {
      for (;;) if ((await reader.read()).done) return;
    };
    await expect(rest()).rejects.toThrow();
    expect(await gateway.call(`/v1/jobs/${job}/results`)).toMatchObject({ status: 410 });
    await removeArtifacts(gateway.world.broker, tenant, job);
    expect(await gateway.call(`/v1/jobs/${job}/results`)).toMatchObject({ status: 410 });
  });
});

describe('GET /v1/jobs/:id/failures', () => {
  test('has each dead item with its error, in the order of the items, whatever the order in which they died', async () => {
    const input = await storeItems(
      Array.from({ length: 100 }, (_, n) => ({ n, text: '€' })),
      7,
    );
    const job = await save({ output: 'lines', input: { id: input, records: 100, by: 'record' }, failed_chunks: 3 });
    await storeLetters([letter(job, 30), letter(job, 4), letter(job, 99), letter(job, 5, { round: 1 })]);
    const answer = await gateway.call(`/v1/jobs/${job}/failures`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const lineFor = (n: number) => ({
      index: n,
      item: { n, text: '€' },
      error: { code: 'compute_failed', message: `no ${n}` },
      attempts: 2,
    });
    const parsed = (text: string) =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
    expect(parsed(answer.text)).toEqual([4, 30, 99].map(lineFor));
    expect(parsed((await gateway.call(`/v1/jobs/${job}/failures?from=5&limit=1`)).text)).toEqual([lineFor(30)]);
  });

  test('of the round that runs are there while it runs, and without items when the input is kept no longer', async () => {
    const job = await save({ status: 'running', round: 1, input: { id: newInputId(), records: 9, by: 'record' } });
    await storeLetters([letter(job, 1), letter(job, 2, { round: 1 })]);
    expect((await gateway.call(`/v1/jobs/${job}/failures`)).text).toBe(
      '{"index":2,"error":{"code":"compute_failed","message":"no 2"},"attempts":2}\n',
    );
  });

  test('are none for a job without any, and 404 for no job', async () => {
    expect(await gateway.call(`/v1/jobs/${await save({})}/failures`)).toMatchObject({ status: 200, text: '' });
    expect((await gateway.call(`/v1/jobs/${newJobId()}/failures`)).status).toBe(404);
  });

  test('are all listed when there are thousands', async () => {
    const job = await save({});
    const count = 3_000;
    await storeLetters(Array.from({ length: count }, (_, n) => letter(job, count - 1 - n)));
    const lines = (await gateway.call(`/v1/jobs/${job}/failures`)).text.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { index: number }).index)).toEqual(
      Array.from({ length: count }, (_, n) => n),
    );
  });
});

describe('GET /v1/jobs/:id/result', () => {
  test('sends a small answer and a large one alike', async () => {
    const small = await save({ result: { sum: 7 } });
    expect(await gateway.call(`/v1/jobs/${small}/result`)).toMatchObject({ status: 200, json: { sum: 7 } });
    const jobId = newJobId();
    const large = JSON.stringify('y'.repeat(3_000_000));
    await storeObject(gateway.world.broker, { tenant, owner: jobId, name: 'o-m1-x' }, Buffer.from(large));
    await save({ job_id: jobId, stored: { name: 'o-m1-x', from: 0, bytes: large.length }, result: null });
    const answer = await gateway.call(`/v1/jobs/${jobId}/result`, { headers: { 'accept-encoding': 'identity' } });
    expect([answer.status, answer.headers.get('content-length'), answer.text === large]).toEqual([
      200,
      String(large.length),
      true,
    ]);
    const packed = await gateway.call(`/v1/jobs/${jobId}/result`);
    expect([packed.headers.get('content-encoding'), packed.text === large]).toEqual(['gzip', true]);
    await removeArtifacts(gateway.world.broker, tenant, jobId);
    expect(await gateway.call(`/v1/jobs/${jobId}/result`)).toMatchObject({ status: 410 });
    // Seen: it was 200, with the length of what is not there.
    expect((await fetch(`${gateway.origin}/v1/jobs/${jobId}/result`, { method: 'HEAD' })).status).toBe(410);
  });

  test('sends the digits that were computed, however many they are', async () => {
    const text = '{"sum":12345678901234567890,"share":0.30000000000000000004,"exponent":1E+400,"text":"\\u00e9"}';
    const job = await save({ result: new JsonText(text) as unknown as JobView['result'] });
    const answer = await gateway.call(`/v1/jobs/${job}/result`);
    expect([answer.status, answer.text]).toEqual([200, text]);
  });

  test.each([
    ['a job that runs', { status: 'running' }, 409, 'is running; ask for its result when it is over'],
    ['a job of lines', { output: 'lines' }, 404, '/results'],
    ['a job that was cancelled', { status: 'cancelled', detail: 'Cancelled.' }, 404, 'it is cancelled'],
  ] as const)('is refused for %s', async (_what, view, status, words) => {
    const job = await save(view as Partial<JobView>);
    expect(await gateway.call(`/v1/jobs/${job}/result`)).toMatchObject({
      status,
      json: { detail: expect.stringContaining(words) },
    });
  });
});

describe('a download', () => {
  const line = `"${createHash('sha256').update('x').digest('hex').repeat(16)}"\n`;
  /** 64 MiB: more than a connection holds. */
  const manyLines = () => {
    const stored = line.repeat(Math.floor((8 * 1024 ** 2) / line.length));
    const count = stored.length / line.length;
    return saveLines(Array.from({ length: 8 }, (_, n) => ({ begin: n * count, end: (n + 1) * count, stored })));
  };

  test('of which the reader takes nothing is let go, and one that is slow is not', async () => {
    const job = await manyLines();
    const downloads = gateway.app.get(Downloads);
    const socket = open(gateway.origin);
    socket.write(request(gateway.origin, 'GET', `/v1/jobs/${job}/results`));
    await once(socket, 'readable');
    expect(downloads.open).toBe(1);
    const begunMs = performance.now();
    // Takes a little now and then, for longer than a reader may take nothing.
    while (performance.now() - begunMs < 2 * stuckMs) {
      for (let taken = 0; taken < 4 * 1024 ** 2; taken += (socket.read() as Buffer | null)?.length ?? 0)
        if (socket.readableLength === 0) await once(socket, 'readable');
      await pause(stuckMs / 4);
      expect(downloads.open, 'a slow reader').toBe(1);
    }
    await eventually(() => expect(downloads.open).toBe(0));
    socket.destroy();
  }, 60_000);

  test('that is one too many is refused, and there is room again when one is over', async () => {
    const job = await manyLines();
    const { app, origin } = await startReadyGateway(nats.url);
    onTestFinished(() => app.close());
    const downloads = app.get(Downloads);
    const address = `${origin}/v1/jobs/${job}/results`;
    const opened: Response[] = [];
    for (let n = 0; n < limits.downloadsMax; n += 1) opened.push(await fetch(address));
    expect(opened.map(({ status }) => status)).toEqual(opened.map(() => 200));
    const refused = await fetch(address);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    await Promise.all([...opened, refused].map(({ body }) => body!.cancel()));
    await eventually(() => expect(downloads.open).toBe(0));
    const again = await fetch(`${address}?limit=1`);
    expect([again.status, (await again.text()).startsWith('{"index":0,')]).toEqual([200, true]);
  }, 60_000);
});
