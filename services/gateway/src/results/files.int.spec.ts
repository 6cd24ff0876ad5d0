import { afterAll, beforeAll, expect, test } from 'vitest';
import { putFileRecord, removeArtifacts, storeObject } from '@manyhands/broker';
import { artifactSubjects, encode, limits, LOCAL_TENANT as tenant, newJobId, type Answer } from '@manyhands/proto';
import { aJobView, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { startFixture, type GatewayFixture } from '../gateway.fixture.ts';

let nats: NatsServer;
let gateway: GatewayFixture;

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startFixture(nats.url);
  await eventually(async () => expect((await gateway.call('/v1/jobs')).status).toBe(200));
});
afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

async function aJob(): Promise<string> {
  const view = aJobView({ status: 'running', job_id: newJobId() });
  await gateway.world.save(view);
  return view.job_id;
}

async function leave(jobId: string, chunk: number, name: string, bytes: Uint8Array, type = 'text/html', run = 0): Promise<void> {
  const { broker } = gateway.world;
  const object = `f-${chunk}-${name.replaceAll('.', '_')}-${run}`;
  await storeObject(broker, { tenant, owner: jobId, name: object }, bytes);
  await putFileRecord(broker, {
    v: 1,
    type: 'FileRecord',
    job_id: jobId,
    tenant,
    chunk,
    name: `${chunk}-${name}`,
    media_type: type,
    stored: { name: object, from: 0, bytes: bytes.length },
  });
}

const list = async (jobId: string, query = ''): Promise<Answer<'FilePage'>> =>
  (await gateway.call(`/v1/jobs/${jobId}/files${query}`)).json as Answer<'FilePage'>;

test('a part of a file is sent for Range, so that a download that was cut off goes on', async () => {
  const jobId = await aJob();
  const bytes = Buffer.from(Array.from({ length: limits.partBytesMax + 1_000 }, (_, at) => at % 251));
  await leave(jobId, 0, 'film.bin', bytes, 'application/octet-stream');
  const path = `${gateway.origin}/v1/jobs/${jobId}/files/0-film.bin`;
  const ask = async (headers: Record<string, string>) => {
    const answer = await fetch(path, { headers });
    return { answer, body: Buffer.from(await answer.arrayBuffer()) };
  };
  const whole = await ask({});
  expect([whole.answer.status, whole.answer.headers.get('accept-ranges')]).toEqual([200, 'bytes']);
  const etag = whole.answer.headers.get('etag')!;
  expect(etag).toMatch(/^"/);
  // Over the border of two parts, as a client goes on that has the first of them.
  const from = limits.partBytesMax - 10;
  const rest = await ask({ range: `bytes=${from}-`, 'if-range': etag });
  expect(rest.answer.status).toBe(206);
  expect(rest.answer.headers.get('content-range')).toBe(`bytes ${from}-${bytes.length - 1}/${bytes.length}`);
  expect(rest.body.equals(bytes.subarray(from))).toBe(true);
  expect((await ask({ range: 'bytes=-7' })).body.equals(bytes.subarray(-7))).toBe(true);
  const other = await ask({ range: `bytes=${from}-`, 'if-range': '"another version"' });
  expect([other.answer.status, other.body.length]).toEqual([200, bytes.length]);
  const none = await ask({ range: `bytes=${bytes.length}-` });
  expect([none.answer.status, none.answer.headers.get('content-range')]).toEqual([416, `bytes */${bytes.length}`]);
  expect(JSON.parse(none.body.toString())).toEqual({ detail: expect.stringContaining(`it has ${bytes.length}`) });
  expect((await fetch(path, { method: 'HEAD', headers: { range: 'bytes=0-1' } })).headers.get('content-length')).toBe(
    String(bytes.length),
  );
});

test('files are listed in the order of their chunks, in pages, each as its newest run left it', async () => {
  const jobId = await aJob();
  expect(await list(jobId)).toEqual({ files: [], next_cursor: null });
  await leave(jobId, 10, 'a.txt', Buffer.from('ten'));
  await leave(jobId, 2, 'b.txt', Buffer.from('first'));
  await leave(jobId, 2, 'a.txt', Buffer.from('two'), 'text/plain');
  await leave(jobId, 2, 'b.txt', Buffer.from('second'), 'text/html', 1);
  const { files, next_cursor } = await list(jobId);
  expect(files).toMatchObject([
    { name: '2-a.txt', chunk: 2, bytes: 3, type: 'text/plain' },
    { name: '2-b.txt', chunk: 2, bytes: 6 },
    { name: '10-a.txt', chunk: 10, bytes: 3 },
  ]);
  expect(Date.parse(files[0]!.stored_at)).toBeGreaterThan(Date.now() - 60_000);
  expect(next_cursor).toBeNull();
  const names: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: Answer<'FilePage'> = await list(jobId, `?limit=1${cursor && `&cursor=${cursor}`}`);
    names.push(...page.files.map(({ name }) => name));
    cursor = page.next_cursor;
  }
  expect(names).toEqual(['2-a.txt', '2-b.txt', '10-a.txt']);
  expect((await gateway.call(`/v1/jobs/${jobId}/files/2-b.txt`)).text).toBe('second');
});

test('a file is read whole, as an attachment that no page of this origin can be made of, and may be known already', async () => {
  const jobId = await aJob();
  const bytes = Buffer.alloc(2 * limits.partBytesMax + 3, 'xyz');
  await leave(jobId, 0, 'page.html', bytes);
  const answer = await gateway.call(`/v1/jobs/${jobId}/files/0-page.html`);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'text/html',
    'content-disposition': 'attachment; filename="0-page.html"',
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
  });
  expect(answer.text === bytes.toString()).toBe(true);
  await leave(jobId, 0, 'some.zip', bytes, 'application/zip');
  const zip = await gateway.call(`/v1/jobs/${jobId}/files/0-some.zip`);
  expect(zip.headers.get('content-length')).toBe(String(bytes.length));
  const headers = { 'if-none-match': answer.headers.get('etag')! };
  expect((await gateway.call(`/v1/jobs/${jobId}/files/0-page.html`, { headers })).status).toBe(304);
});

// Seen: the list of all files of the job was answered with 500.
test('one that another release stored is none, and the others are there', async () => {
  const jobId = await aJob();
  await leave(jobId, 0, 'good', Buffer.from('x'));
  await gateway.world.outbox.publishAll([
    { subject: artifactSubjects.file(tenant, jobId, '0-strange'), data: encode({ v: 9, type: 'FileRecord' }) },
  ]);
  expect((await list(jobId)).files.map(({ name }) => name)).toEqual(['0-good']);
  expect((await gateway.call(`/v1/jobs/${jobId}/files/0-strange`)).status).toBe(404);
});

test('what is not there is 404, what was removed meanwhile 410, and a wrong query 422', async () => {
  const jobId = await aJob();
  const statusOf = async (path: string): Promise<number> => (await gateway.call(path)).status;
  expect(await statusOf(`/v1/jobs/${newJobId()}/files`)).toBe(404);
  expect(await statusOf(`/v1/jobs/${newJobId()}/files/0-a`)).toBe(404);
  for (const name of ['0-a', 'a', '..%2f', '0-a%2fb', 'in', '0-*'])
    expect(await statusOf(`/v1/jobs/${jobId}/files/${name}`), name).toBe(404);
  for (const query of ['limit=0', `limit=${limits.pageSizeMax + 1}`, 'cursor=x', 'more=1'])
    expect([400, 422], query).toContain(await statusOf(`/v1/jobs/${jobId}/files?${query}`));
  await leave(jobId, 0, 'a', Buffer.from('x'));
  await removeArtifacts(gateway.world.broker, tenant, jobId);
  expect(await statusOf(`/v1/jobs/${jobId}/files/0-a`)).toBe(404);
  await putFileRecord(gateway.world.broker, {
    v: 1,
    type: 'FileRecord',
    job_id: jobId,
    tenant,
    chunk: 0,
    name: '0-a',
    media_type: 'a/b',
    stored: { name: 'f-0-away', from: 0, bytes: 5 },
  });
  // Seen: the refusal had the headers of the file that it is not, so a browser saved it under its name.
  for (const headers of [{}, { range: 'bytes=1-2' }] as Record<string, string>[]) {
    const gone = await gateway.call(`/v1/jobs/${jobId}/files/0-a`, { headers });
    expect([gone.status, gone.json]).toEqual([410, { detail: 'The files of this job are kept no longer.' }]);
    for (const name of ['content-disposition', 'etag', 'accept-ranges', 'content-range'])
      expect(gone.headers.get(name), name).toBeNull();
  }
});
