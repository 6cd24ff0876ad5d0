/** Files and batches as OpenAI's libraries use them, against a real gateway; the rest of the system is played. */
import { encode, deadSubjects, keys, limits, LOCAL_TENANT, type DeadChunk, type JobStatus, type JobView } from '@manyhands/proto';
import { putResultsRecord, storeObject } from '@manyhands/broker';
import { aJobView, aKindRegistration, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { startFixture, type GatewayFixture } from '../gateway.fixture.ts';

let nats: NatsServer;
let gateway: GatewayFixture;

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startFixture(nats.url);
  await gateway.world.register(
    aKindRegistration({ kind: 'llm', params_schema: { type: 'object' }, output: 'lines', input: { form: 'items' } }),
  );
  await eventually(async () => expect((await gateway.call('/v1/kinds')).text).toContain('"llm"'));
});
afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

type Json = Record<string, unknown>;
interface Refused {
  error: { message: string; type: string; param: string | null; code: string | null };
}

const request = (custom_id: string, more: object = {}) => ({
  custom_id,
  method: 'POST',
  url: '/v1/chat/completions',
  body: { model: 'm', messages: [] },
  ...more,
});
const textOf = (requests: readonly object[]): string => requests.map((one) => JSON.stringify(one)).join('\n');

async function upload(
  content: string,
  { name = 'questions.jsonl', purpose = 'batch', field = 'file', more = {} }: Record<string, unknown> = {},
): Promise<{ status: number; json: Json & Partial<Refused> }> {
  const form = new FormData();
  form.append(String(field), new Blob([content]), String(name));
  if (purpose !== undefined) form.append('purpose', String(purpose));
  for (const [key, value] of Object.entries(more as object)) form.append(key, String(value));
  const { status, json } = await gateway.call('/v1/files', { method: 'POST', body: form });
  return { status, json: json as Json & Partial<Refused> };
}

async function call(
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; json: Json & Partial<Refused>; text: string }> {
  const { status, json, text } = await gateway.call(path, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status, json: json as Json & Partial<Refused>, text };
}

const uploaded = async (requests: readonly object[]): Promise<string> => (await upload(textOf(requests))).json['id'] as string;
const order = (file: string) => ({ input_file_id: file, endpoint: '/v1/chat/completions', completion_window: '24h' });
async function created(requests: readonly object[], more: object = {}): Promise<{ id: string; jobId: string }> {
  const { status, json } = await call('POST', '/v1/batches', { ...order(await uploaded(requests)), ...more });
  expect(status, JSON.stringify(json)).toBe(200);
  const id = json['id'] as string;
  return { id, jobId: id.slice('batch_'.length) };
}

/** Plays the coordinator: the job is so far. */
async function become(jobId: string, status: JobStatus, given: Partial<JobView> = {}): Promise<void> {
  const { json } = await call('GET', `/v1/jobs/${jobId}`);
  const at = new Date().toISOString();
  const ended = ['completed', 'failed', 'cancelled'].includes(status) ? { finished_at: at } : {};
  await gateway.world.save({ ...(json as unknown as JobView), status, started_at: at, ...ended, ...given });
  await eventually(async () => expect((await call('GET', `/v1/jobs/${jobId}`)).json).toMatchObject({ status }));
}

describe('a file', () => {
  it('is uploaded, listed, read and removed', async () => {
    const text = textOf([request('a'), request('b')]);
    const { status, json: file } = await upload(text);
    expect({ status, file }).toEqual({
      status: 200,
      file: {
        id: expect.stringMatching(/^file-/) as string,
        object: 'file',
        bytes: Buffer.byteLength(text) + 1,
        created_at: expect.any(Number) as number,
        filename: 'questions.jsonl',
        purpose: 'batch',
        status: 'processed',
      },
    });
    const id = file['id'] as string;
    expect((await call('GET', `/v1/files/${id}`)).json).toEqual(file);
    expect((await call('GET', `/v1/files/${id}/content`)).text).toBe(`${text}\n`);
    const second = await uploaded([request('c')]);
    const ids = async (query: string) =>
      ((await call('GET', `/v1/files${query}`)).json['data'] as Json[]).map((one) => one['id']);
    expect(await ids('')).toEqual([second, id]);
    expect(await ids('?order=asc&limit=1')).toEqual([id]);
    expect(await ids(`?order=asc&after=${id}`)).toEqual([second]);
    expect(await ids('?purpose=batch_output')).toEqual([]);
    expect((await call('GET', '/v1/files?limit=1')).json).toMatchObject({ first_id: second, last_id: second, has_more: true });
    expect((await call('DELETE', `/v1/files/${id}`)).json).toEqual({ id, object: 'file', deleted: true });
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/content'],
      ['DELETE', ''],
    ] as const)
      expect(await call(method, `/v1/files/${id}${path}`)).toMatchObject({
        status: 404,
        json: { error: { message: 'No such File object.', type: 'invalid_request_error', param: null, code: null } },
      });
    expect((await call('DELETE', `/v1/files/${second}`)).status).toBe(200);
  });

  it('that is no input of a batch is none', async () => {
    const { json } = await gateway.call('/v1/inputs?form=json', { method: 'POST', body: '[1]' });
    expect((await call('GET', `/v1/files/file-${(json as { input_id: string }).input_id}`)).status).toBe(404);
  });

  test.each<[string, string, object, number, RegExp]>([
    ['is empty', '', {}, 400, /there is no request in it/],
    ['is no JSON', 'x', {}, 400, /line 1: it is not JSON/],
    [
      'has a line without a custom_id',
      textOf([request('a'), { ...request('b'), custom_id: undefined }]),
      {},
      400,
      /line 2: its custom_id/,
    ],
    ['names one twice', textOf([request('a'), request('a')]), {}, 400, /line 2: its custom_id is that of a line before it/],
    ['has a custom_id that is too long', textOf([request('a'.repeat(limits.batchCustomIdCharsMax + 1))]), {}, 400, /custom_id/],
    ['asks with another method', textOf([request('a', { method: 'GET' })]), {}, 400, /line 1: its method/],
    ['names another address', textOf([request('a', { url: '/v1/files' })]), {}, 400, /line 1: its url/],
    ['names two addresses', textOf([request('a'), request('b', { url: '/v1/embeddings' })]), {}, 400, /line 2: its url is/],
    ['asks for a stream', textOf([request('a', { body: { stream: true } })]), {}, 400, /must not ask for a stream/],
    [
      'has a line that is too long',
      textOf([request('a', { body: { text: 'a'.repeat(limits.partBytesMax) } })]),
      {},
      413,
      /longer than/,
    ],
    ['has another purpose', textOf([request('a')]), { purpose: 'fine-tune' }, 400, /purpose must be "batch"/],
    ['is called otherwise', textOf([request('a')]), { field: 'files' }, 400, /send it as "file"/],
    [
      'is to expire',
      textOf([request('a')]),
      { more: { 'expires_after[seconds]': 3_600 } },
      400,
      /expires_after is not supported/,
    ],
    ['comes with other fields', textOf([request('a')]), { more: { colour: 'red' } }, 400, /"colour", which is not known/],
  ])('that %s is refused, and nothing of it is kept', async (_what, text, more, status, why) => {
    expect(await upload(text, more as Json)).toMatchObject({
      status,
      json: { error: { message: expect.stringMatching(why) as string, type: 'invalid_request_error' } },
    });
    expect((await call('GET', '/v1/files')).json['data']).toEqual([]);
  });

  it('may have so many lines, and no more', async () => {
    const lines = (count: number): string => textOf(Array.from({ length: count }, (_, index) => request(`${index}`)));
    const { status, json } = await upload(lines(limits.batchRequestsMax));
    expect(status).toBe(200);
    expect((await call('DELETE', `/v1/files/${json['id'] as string}`)).status).toBe(200);
    expect(await upload(lines(limits.batchRequestsMax + 1))).toMatchObject({
      status: 413,
      json: { error: { message: expect.stringContaining('50000 requests at most') as string } },
    });
  });

  it('that is too large is refused before it is read', async () => {
    const { status, json } = await gateway.call('/v1/files', {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
      body: new Blob([new Uint8Array(limits.batchFileBytesMax + 64 * 1024 + 1)]),
    });
    expect({ status, json }).toMatchObject({
      status: 413,
      json: { error: { message: expect.stringContaining('bytes at most') } },
    });
  });

  it.each([
    ['text/plain', 'x', 415],
    ['multipart/form-data', 'x', 415],
    ['multipart/form-data; boundary=x', 'x', 400],
    ['multipart/form-data; boundary=x', '--x--\r\n', 400],
  ])('is a form: %s of %j is refused', async (type, body, status) => {
    const answer = await gateway.call('/v1/files', { method: 'POST', headers: { 'content-type': type }, body });
    expect(answer.status).toBe(status);
    expect((answer.json as Refused).error.message).toContain('multipart/form-data');
  });
});

describe('a batch', () => {
  it('is a job of the kind llm, whose states have the names of OpenAI', async () => {
    const { id, jobId } = await created([request('a'), request('b')], { metadata: { team: 'web' } });
    const job = (await call('GET', `/v1/jobs/${jobId}`)).json;
    expect(job).toMatchObject({
      kind: 'llm',
      total_chunks: 2,
      params: { endpoint: '/v1/chat/completions', metadata: { team: 'web' } },
    });
    const read = async (): Promise<Json> => (await call('GET', `/v1/batches/${id}`)).json;
    const first = await read();
    expect(first).toMatchObject({
      id,
      object: 'batch',
      status: 'validating',
      completion_window: '24h',
      errors: null,
      output_file_id: null,
      error_file_id: null,
      request_counts: { total: 2, completed: 0, failed: 0 },
      metadata: { team: 'web' },
    });
    expect((first['expires_at'] as number) - (first['created_at'] as number)).toBeCloseTo(24 * 3_600, -1);
    await become(jobId, 'running', { completed_chunks: 1 });
    expect(await read()).toMatchObject({ status: 'in_progress', in_progress_at: expect.any(Number) as number });
    await become(jobId, 'running', { completed_chunks: 1, failed_chunks: 1 });
    expect(await read()).toMatchObject({ status: 'finalizing', output_file_id: null });
    await become(jobId, 'completed', { completed_chunks: 1, failed_chunks: 1, results: { bytes: 2 } });
    expect(await read()).toMatchObject({
      status: 'completed',
      completed_at: expect.any(Number) as number,
      output_file_id: `file-output-${jobId}`,
      error_file_id: `file-errors-${jobId}`,
      request_counts: { total: 2, completed: 1, failed: 1 },
    });
    expect(await call('POST', `/v1/batches/${id}/cancel`)).toMatchObject({
      status: 409,
      json: { error: { message: 'The batch is completed, and cannot be cancelled any more.' } },
    });
  });

  it('that has failed states why, and one that was cancelled or expired is so', async () => {
    const batches = await Promise.all(['a', 'b', 'c'].map((name) => created([request(name)])));
    const [failed, cancelled, expired] = batches as [(typeof batches)[0], (typeof batches)[0], (typeof batches)[0]];
    await become(failed.jobId, 'failed', { error: { code: 'too_large', message: 'why', retryable: false } });
    expect((await call('GET', `/v1/batches/${failed.id}`)).json).toMatchObject({
      status: 'failed',
      errors: { object: 'list', data: [{ code: 'too_large', message: 'why', param: null, line: null }] },
    });
    await become(cancelled.jobId, 'running');
    expect(await call('POST', `/v1/batches/${cancelled.id}/cancel`)).toMatchObject({
      status: 200,
      json: { status: 'cancelling' },
    });
    const list = (await call('GET', '/v1/batches?limit=3')).json['data'] as Json[];
    expect(list.find((one) => one['id'] === cancelled.id)).toMatchObject({ status: 'cancelling' });
    await become(cancelled.jobId, 'cancelled');
    const { json } = await call('GET', `/v1/batches/${cancelled.id}`);
    expect(json).toMatchObject({ status: 'cancelled', cancelled_at: expect.any(Number) as number, output_file_id: null });
    expect((await call('GET', `/v1/files/${json['error_file_id'] as string}/content`)).text).toBe(
      `${JSON.stringify({
        id: `batch_req_${cancelled.jobId.replaceAll('-', '')}_0`,
        custom_id: 'b',
        response: null,
        error: { code: 'batch_cancelled', message: 'The batch was cancelled before this request was sent.' },
      })}\n`,
    );
    const late = new Date(Date.now() + 25 * 3_600_000).toISOString();
    await become(expired.jobId, 'completed', { failed_chunks: 1, finished_at: late });
    expect((await call('GET', `/v1/batches/${expired.id}`)).json).toMatchObject({ status: 'expired', completed_at: null });
  });

  it('leaves its answers and its errors as files', async () => {
    const { id, jobId } = await created([request('a'), request('b'), request('c')]);
    const { tenant } = (await call('GET', `/v1/jobs/${jobId}`)).json as unknown as JobView;
    const { broker, outbox } = gateway.world;
    const line = '{"id":"x","custom_id":"a","response":{"status_code":200,"request_id":"","body":{}},"error":null}\n';
    const segment = `${JSON.stringify({ begin: 0, end: 1, text: line })}\n`;
    const bytes = await storeObject(broker, { tenant, owner: jobId, name: 'manifest' }, [Buffer.from(segment)]);
    await putResultsRecord(broker, {
      v: 1,
      type: 'ResultsRecord',
      job_id: jobId,
      tenant,
      round: 0,
      chunks: 1,
      bytes: line.length,
      manifest: { name: 'manifest', from: 0, bytes },
    });
    const dead = (begin: number, message: string): DeadChunk => ({
      v: 1,
      type: 'DeadChunk',
      job_id: jobId,
      tenant,
      kind: 'llm',
      begin,
      end: begin + 1,
      round: 0,
      error: { code: 'compute_refused', message, retryable: false },
      runs: [],
      died_at: new Date().toISOString(),
    });
    const letters = [
      dead(2, 'the model server did not answer'),
      dead(1, 'Item 1 cannot be computed: The model server answered 400 (invalid_request_error): too long'),
    ];
    await outbox.publishAll(
      letters.map((letter) => ({ subject: deadSubjects.chunk(tenant, jobId, 0, letter.begin), data: encode(letter) })),
    );
    const { status, json } = await call('GET', `/v1/files/file-output-${jobId}`);
    expect({ status, json }).toMatchObject({ status: 409, json: { error: { type: 'invalid_request_error' } } });
    await become(jobId, 'completed', { completed_chunks: 1, failed_chunks: 2, results: { bytes: line.length }, output: 'lines' });
    const batch = (await call('GET', `/v1/batches/${id}`)).json;
    expect((await call('GET', `/v1/files/${batch['output_file_id'] as string}`)).json).toMatchObject({
      bytes: line.length,
      purpose: 'batch_output',
    });
    expect((await call('GET', `/v1/files/${batch['output_file_id'] as string}/content`)).text).toBe(line);
    const errors = (await call('GET', `/v1/files/${batch['error_file_id'] as string}/content`)).text.trimEnd().split('\n');
    expect(errors.map((one) => JSON.parse(one) as unknown)).toEqual([
      {
        id: `batch_req_${jobId.replaceAll('-', '')}_1`,
        custom_id: 'b',
        response: {
          status_code: 400,
          request_id: '',
          body: { error: { message: 'too long', type: 'invalid_request_error', param: null, code: null } },
        },
        error: null,
      },
      {
        id: `batch_req_${jobId.replaceAll('-', '')}_2`,
        custom_id: 'c',
        response: null,
        error: { code: 'compute_refused', message: 'the model server did not answer' },
      },
    ]);
    expect((await call('DELETE', `/v1/files/${batch['output_file_id'] as string}`)).status).toBe(409);
  });

  it('is listed, newest first, and no other job is', async () => {
    const batches = [];
    for (const name of ['a', 'b', 'c']) batches.unshift((await created([request(name)])).id);
    const other = aJobView({ kind: 'llm', params: {} });
    await gateway.world.save(other);
    await eventually(async () => expect((await call('GET', `/v1/jobs/${other.job_id}`)).status).toBe(200));
    const page = (await call('GET', '/v1/batches?limit=2')).json;
    expect(page).toMatchObject({ object: 'list', first_id: batches[0], last_id: batches[1], has_more: true });
    const rest = (await call('GET', `/v1/batches?limit=1&after=${page['last_id'] as string}`)).json;
    expect(rest).toMatchObject({ first_id: batches[2] });
    expect((await call('GET', `/v1/batches/batch_${other.job_id}`)).status).toBe(404);
    expect((await call('GET', `/v1/files/file-output-${other.job_id}`)).status).toBe(404);
    expect((await call('GET', '/v1/batches?after=x')).status).toBe(400);
  });

  // Seen: the list of all batches was answered with 500.
  it('that another release stored is left out of the list alone', async () => {
    const strange = aJobView({ tenant: LOCAL_TENANT, kind: 'llm', status: 'running' });
    await (
      await gateway.world.bucket('jobs')
    ).put(keys.job(LOCAL_TENANT, strange.job_id), encode({ ...strange, progress: 'half' }));
    await eventually(async () => expect((await call('GET', '/v1/jobs?limit=200')).text).toContain(strange.job_id));
    const { id } = await created([request('a')]);
    expect(await call('GET', '/v1/batches?limit=1')).toMatchObject({ status: 200, json: { first_id: id } });
    const list = await call('GET', '/v1/batches');
    expect(list.status).toBe(200);
    expect(list.text).not.toContain(strange.job_id);
  });

  const wide = (count: number, name = 'n', value = 'v') =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`${name}${index}`, value]));
  test.each<[object, number, RegExp, string | null]>([
    [{ input_file_id: 'file-none' }, 404, /No such File object/, null],
    [{ endpoint: '/v1/embeddings' }, 400, /are for \/v1\/chat\/completions/, null],
    [{ endpoint: '/v1/files' }, 422, /must be one of/, 'endpoint'],
    [{ completion_window: '48h' }, 422, /must be one of 24h/, 'completion_window'],
    [{ completion_window: undefined }, 422, /is missing/, 'completion_window'],
    [{ colour: 'red' }, 422, /unknown field/, 'colour'],
    [{ metadata: wide(limits.batchMetadataMax + 1) }, 400, /16 names/, null],
    [{ metadata: wide(1, 'a'.repeat(limits.batchMetadataNameCharsMax)) }, 400, /64 characters/, null],
    [{ metadata: wide(1, 'a', 'v'.repeat(limits.batchMetadataValueCharsMax + 1)) }, 400, /512 characters/, null],
    [{ metadata: { a: 1 } }, 400, /must be a text/, null],
  ])('of %o is refused', async (more, status, why, param) => {
    const file = await uploaded([request('a')]);
    expect(await call('POST', '/v1/batches', { ...order(file), ...more })).toMatchObject({
      status,
      json: { error: { message: expect.stringMatching(why) as string, type: 'invalid_request_error', param } },
    });
  });

  it('may have as much metadata as is allowed', async () => {
    const value = 'v'.repeat(limits.batchMetadataValueCharsMax);
    const metadata = wide(limits.batchMetadataMax, 'n'.repeat(limits.batchMetadataNameCharsMax - 2), value);
    await created([request('a')], { metadata });
    await created([request('a')], { metadata: null });
  });

  it('needs its file until it is over', async () => {
    const file = await uploaded([request('a')]);
    const { json } = await call('POST', '/v1/batches', order(file));
    expect((await call('DELETE', `/v1/files/${file}`)).status).toBe(409);
    await become((json['id'] as string).slice('batch_'.length), 'cancelled');
    expect((await call('DELETE', `/v1/files/${file}`)).status).toBe(200);
  });

  it('is refused where no worker asks a model server', async () => {
    const file = await uploaded([request('a')]);
    const kinds = await gateway.world.bucket('kinds');
    await gateway.world.register(aKindRegistration({ kind: 'sum' }));
    await kinds.remove(keys.kind('llm'));
    await eventually(async () => expect((await gateway.call('/v1/kinds')).text).not.toContain('"llm"'));
    expect(await call('POST', '/v1/batches', order(file))).toMatchObject({
      status: 400,
      json: { error: { message: expect.stringContaining('MANYHANDS_LLM_URL') as string } },
    });
  });
});
