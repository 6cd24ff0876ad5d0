import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { findInput, inputObject, readPart, removeArtifacts, storedSubjects } from '@manyhands/broker';
import { artifactSubjects, keys, limits, LOCAL_TENANT, newInputId, STREAMS, type Answer } from '@manyhands/proto';
import { aJobView, aKindRegistration, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startFixture, type GatewayFixture } from '../gateway.fixture.ts';

type InputView = Answer<'InputView'>;

let nats: NatsServer;
let gateway: GatewayFixture;

beforeAll(async () => {
  nats = await startNatsServer({ syncAlways: false });
  gateway = await startFixture(nats.url);
  const schema = { type: 'object', properties: { url: { type: 'string' } }, required: ['url'], additionalProperties: false };
  await gateway.world.register(aKindRegistration({ kind: 'fetch', input: { form: 'items', schema } }));
  const sale = { type: 'object', properties: { day: { type: 'string' }, cents: { type: 'integer' } }, required: ['cents'] };
  await gateway.world.register(aKindRegistration({ kind: 'sales', input: { form: 'items', schema: sale } }));
  await gateway.world.register(aKindRegistration({ kind: 'rows', input: { form: 'csv' } }));
  await gateway.world.register(aKindRegistration({ kind: 'sum' }));
  await eventually(async () => expect((await gateway.call('/v1/kinds')).json).toMatchObject({ kinds: [{}, {}, {}, {}] }));
});
afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

const upload = (body: BodyInit, { type = 'application/x-ndjson', query = '' } = {}) =>
  gateway.call(`/v1/inputs${query}`, { method: 'POST', headers: { 'content-type': type }, body, duplex: 'half' } as RequestInit);
const allParts = async (): Promise<string[]> =>
  (await storedSubjects(gateway.world.broker, 'artifacts', artifactSubjects.all)).subjects;
async function storedOf({ input_id: id }: InputView): Promise<string> {
  const { record } = (await findInput(gateway.world.broker, LOCAL_TENANT, id))!;
  const parts = await Promise.all(
    record.parts.map((_, part) => readPart(gateway.world.broker, inputObject(LOCAL_TENANT, id), part)),
  );
  return Buffer.concat(parts).toString();
}

describe('an upload', () => {
  test.each([
    ['application/x-ndjson', '{"a":1}\n\n 2.50 \n"x"', 'ndjson', '{"a":1}\n2.50\n"x"\n'],
    ['application/json', ' [{"a":1},\n2.50, "x"]', 'json', '{"a":1}\n2.50\n"x"\n'],
    ['text/csv; charset=utf-8', '\ufeffa,b\r\n1,"x\r\ny"\r\n2,', 'csv', '{"a":"1","b":"x\\r\\ny"}\n{"a":"2","b":""}\n'],
    ['text/plain', 'one\r\n\r\ntwo "2"', 'lines', '"one"\n"two \\"2\\""\n'],
    ['application/octet-stream', 'any\u0000thing', 'bytes', 'any\u0000thing'],
    ['application/x-ndjson', '', 'ndjson', ''],
  ])('of %s is stored as a record on each line', async (type, body, form, stored) => {
    const answer = await upload(body, { type });
    expect(answer.status, answer.text).toBe(201);
    const view = answer.json as InputView;
    expect(answer.headers.get('location')).toBe(`/v1/inputs/${view.input_id}`);
    const records = form === 'bytes' ? 1 : stored.split('\n').length - 1;
    expect(view).toMatchObject({ form, records, bytes: Buffer.byteLength(stored) });
    expect(await storedOf(view)).toBe(stored);
    expect((await gateway.call(`/v1/inputs/${view.input_id}`)).json).toEqual(view);
  });

  test('is cut between its records, and each part states how many it has', async () => {
    const line = JSON.stringify('x'.repeat(100_000));
    const view = (await upload(`${line}\n`.repeat(23))).json as InputView;
    const { record } = (await findInput(gateway.world.broker, LOCAL_TENANT, view.input_id))!;
    expect(record.parts).toEqual([5, 5, 5, 5, 3]);
    expect(await storedOf(view)).toBe(`${line}\n`.repeat(23));
  });

  test('states its form in the query, in the type, or by its kind', async () => {
    expect((await upload('a\n1', { type: 'application/octet-stream', query: '?form=csv' })).json).toMatchObject({ form: 'csv' });
    expect((await upload('a\n1', { type: 'application/octet-stream', query: '?kind=rows' })).json).toMatchObject({ form: 'csv' });
    expect(await upload('a\n1', { type: 'image/png' })).toMatchObject({
      status: 415,
      json: { detail: expect.stringMatching(/\?form=.*text\/csv/) },
    });
    expect(await upload('1', { query: '?form=xml' })).toMatchObject({ status: 422 });
    expect(await upload('1', { query: '?kind=none' })).toMatchObject({ status: 400 });
    expect(await upload('1', { query: '?kind=sum' })).toMatchObject({
      status: 422,
      json: { detail: [{ msg: expect.stringMatching(/takes no input/) }] },
    });
  });

  // Seen: 500.
  test('that another release stored is refused as that, and no other', async () => {
    const id = newInputId();
    await (
      await gateway.world.bucket('artifactRecords')
    ).put(keys.artifact(LOCAL_TENANT, id), new TextEncoder().encode('{"v":9}'));
    const says = { detail: expect.stringContaining(`Input ${id} was stored by another release`) };
    expect(await gateway.call(`/v1/inputs/${id}`)).toMatchObject({ status: 409, json: says });
    expect(await gateway.call(`/v1/inputs/${id}`, { method: 'DELETE' })).toMatchObject({ status: 409, json: says });
    expect(await gateway.post({ kind: 'rows', params: { n: 1 }, input: id })).toMatchObject({ status: 400, json: says });
    expect((await upload('1')).status).toBe(201);
  });

  // Seen: stored as it came, so that a job got compressed bytes.
  test.each(['application/octet-stream', 'application/json', 'text/plain'])(
    'of %s that is compressed is refused, and nothing is stored',
    async (type) => {
      const before = (await allParts()).length;
      const answer = await gateway.call('/v1/inputs', {
        method: 'POST',
        headers: { 'content-type': type, 'content-encoding': 'gzip' },
        body: gzipSync('[1,2]'),
      });
      expect(answer).toMatchObject({
        status: 415,
        json: { detail: expect.stringContaining('without "Content-Encoding: gzip"') },
      });
      expect((await allParts()).length).toBe(before);
    },
  );

  test.each([
    ['application/x-ndjson', '1\n{"a":\n', '', 400, /^The input, line 2: it is not JSON/],
    ['application/json', '[1,\n2,\nx]', '', 400, /^The input, line 3: it is not JSON/],
    ['text/csv', 'a,b\n1,2\n3\n', '', 400, /^The input, line 3: it is not CSV/],
    ['application/x-ndjson', '{"url":"x"}\n{"url":7}\n', '?kind=fetch', 400, /^The input, line 2: url: must be string\.$/],
    ['application/json', '[{"url":"x"},\n{}]', '?kind=fetch', 400, /^The input, line 2: url: field required\.$/],
    ['text/csv', 'url\nx\n"a\nb"\n', '?kind=fetch', 201, /./],
    ['text/csv', 'ulr\nx\n', '?kind=fetch', 400, /^The input, line 2: ./],
    ['text/csv', 'day,cents\n2026,12\n', '?kind=sales', 201, /./],
    ['text/csv', 'day,cents\nMo,12\nTu,12.5\n', '?kind=sales', 400, /^The input, line 3: cents: must be integer\.$/],
    ['application/x-ndjson', `1\n"${'x'.repeat(limits.partBytesMax)}"`, '', 413, /^The input, line 2: it is longer than/],
    ['application/x-ndjson', `1\n"${'x'.repeat(limits.partBytesMax - 2)}"`, '', 201, /./],
  ])('of %s with a flaw is refused with its line, and nothing is left (%#)', async (type, body, query, status, sentence) => {
    const before = (await allParts()).length;
    const answer = await upload(body, { type, query });
    expect(answer.status, answer.text).toBe(status);
    if (status === 201) return;
    expect((answer.json as { detail: string }).detail).toMatch(sentence);
    expect(await allParts()).toHaveLength(before);
  });

  test('with a flaw behind many megabytes is refused, and its parts are removed', async () => {
    const before = (await allParts()).length;
    const line = JSON.stringify('x'.repeat(10_000));
    const answer = await upload(`${`${line}\n`.repeat(1_000)}nope\n${`${line}\n`.repeat(1_000)}`);
    expect(answer.json, answer.text).toEqual({ detail: expect.stringMatching(/^The input, line 1001: it is not JSON/) });
    expect(await allParts()).toHaveLength(before);
  });

  test('of more records than there may be is refused', async () => {
    const answer = await upload('1\n'.repeat(limits.inputRecordsMax + 1));
    expect(answer).toMatchObject({ status: 413, json: { detail: expect.stringMatching(/1000000 records at most/) } });
    expect((await upload('1\n'.repeat(limits.inputRecordsMax))).json).toMatchObject({ records: limits.inputRecordsMax });
  }, 60_000);

  test('of more bytes than there may be is refused before the first of them', async () => {
    const socket = connect(Number(new URL(gateway.origin).port), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.write(
      `POST /v1/inputs HTTP/1.1\r\nHost: ${new URL(gateway.origin).host}\r\nContent-Type: text/plain\r\nContent-Length: ${limits.inputBytesMax + 1}\r\n\r\n`,
    );
    const [answer] = (await socket.take(1).toArray()) as Buffer[];
    expect(answer!.toString()).toMatch(/^HTTP\/1.1 413 [^]*An input may have 2147483648 bytes at most/);
  });

  test('that is cut off leaves no record and no part', async () => {
    const before = (await allParts()).length;
    const line = `${JSON.stringify('x'.repeat(100_000))}\n`;
    const cutOff = new AbortController();
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        sent += 1;
        controller.enqueue(Buffer.from(line));
        // Some parts are stored when the client leaves.
        if (sent === 40) {
          await eventually(async () => expect((await allParts()).length).toBeGreaterThan(before));
          cutOff.abort();
          await new Promise(() => undefined);
        }
      },
    });
    await expect(
      fetch(`${gateway.origin}/v1/inputs?form=ndjson`, {
        method: 'POST',
        body,
        signal: cutOff.signal,
        duplex: 'half',
      } as RequestInit),
    ).rejects.toThrow();
    await eventually(async () => expect(await allParts()).toHaveLength(before));
  });

  test('beyond as many as may come at once is refused, and the others go on', async () => {
    const streams = Array.from({ length: limits.uploadsMax }, () => {
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      const writer = writable.getWriter();
      void writer.write(Buffer.from('1\n'));
      return { writer, answered: upload(readable) };
    });
    await eventually(async () => expect(await upload('1\n')).toMatchObject({ status: 429 }));
    const refused = await upload('1\n');
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    for (const { writer } of streams) void writer.close();
    for (const { answered } of streams) expect((await answered).json).toMatchObject({ records: 1 });
    expect((await upload('1\n')).status).toBe(201);
  });
});

describe('an input', () => {
  test('is removed with its parts, but not while a job that has not ended needs it', async () => {
    const { input_id: id } = (await upload('1\n2\n')).json as InputView;
    const view = aJobView({ status: 'running', input: { id, records: 2, by: 'record' } });
    await gateway.world.save(view);
    await eventually(async () =>
      expect(await gateway.call(`/v1/inputs/${id}`, { method: 'DELETE' })).toMatchObject({
        status: 409,
        json: { detail: expect.stringMatching(new RegExp(view.job_id)) },
      }),
    );
    await gateway.world.save({ ...view, status: 'completed' });
    await eventually(async () => expect((await gateway.call(`/v1/inputs/${id}`, { method: 'DELETE' })).status).toBe(204));
    expect((await allParts()).filter((subject) => subject.includes(id))).toEqual([]);
    expect((await gateway.call(`/v1/inputs/${id}`)).status).toBe(404);
    expect((await gateway.call(`/v1/inputs/${id}`, { method: 'DELETE' })).status).toBe(404);
  });

  // Seen: "A job was submitted with this input at this moment", of an input that another request had removed.
  test('that several remove at once is removed by one, and not there for the others', async () => {
    const { input_id: id } = (await upload('1\n2\n')).json as InputView;
    const answers = await Promise.all(Array.from({ length: 4 }, () => gateway.call(`/v1/inputs/${id}`, { method: 'DELETE' })));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404, 404]);
  });

  test.each([newInputId(), 'x', '*'])('that is not there is 404: %s', async (id) => {
    await upload('1\n');
    expect((await gateway.call(`/v1/inputs/${id}`)).status).toBe(404);
  });
});

describe('when ARTIFACTS fills', () => {
  test('an input that would take the room of results gets a 503 that states it, one that never fits a 413', async () => {
    const { streams } = gateway.world.broker.manager;
    const { config } = await streams.info(STREAMS.artifacts.name);
    onTestFinished(async () => void (await streams.update(STREAMS.artifacts.name, { max_bytes: config.max_bytes })));
    await streams.purge(STREAMS.artifacts.name);
    await streams.update(STREAMS.artifacts.name, { max_bytes: 10_000_000 });
    const line = `${JSON.stringify('x'.repeat(99_997))}\n`;
    const first = (await upload(line.repeat(60))).json as InputView;
    const second = await upload(line.repeat(40));
    expect(second).toMatchObject({ status: 503, json: { detail: expect.stringMatching(/stream ARTIFACTS holds 6.0 of 10 MB/) } });
    expect(second.headers.get('retry-after')).toBe('30');
    expect(await upload(line.repeat(95))).toMatchObject({
      status: 413,
      json: { detail: expect.stringMatching(/raise MANYHANDS_STORAGE_GB/) },
    });
    // Sent in pieces, its length is not known before.
    expect(await upload(new Blob([line.repeat(80)]).stream())).toMatchObject({ status: 503 });
    expect((await allParts()).every((subject) => subject.includes(first.input_id))).toBe(true);
    await removeArtifacts(gateway.world.broker, LOCAL_TENANT, first.input_id);
    expect((await upload(line.repeat(40))).status).toBe(201);
  });
});
