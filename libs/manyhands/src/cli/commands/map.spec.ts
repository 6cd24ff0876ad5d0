import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { beforeEach, expect, it } from 'vitest';
import { events, jobId, json, kinds, run, viewOf, type Answers } from '../world.fixture.ts';

const cwd = mkdtempSync(join(tmpdir(), 'manyhands-map-'));
writeFileSync(join(cwd, 'items.ndjson'), '{"a":1}\n{"a":2}\n');
const lines = '{"index":0,"output":1}\n';
let sent: unknown[];
const [pi] = kinds.kinds;
const kindOf = (form: string, more = {}) => ({ kinds: [{ ...pi, kind: 'words', input: { form, ...more } }, pi] });

beforeEach(() => (sent = []));

function answersFor(view: object, form = 'items', more = {}): Answers {
  return {
    'GET /v1/kinds': kindOf(form, more),
    'POST /v1/inputs': async ({ url, content }) => {
      sent.push(url.search, await new Response(content).text());
      return json(201, { input_id: '01a223b2-6025-77d0-9b48-a5c0d52f1111', form: 'ndjson', records: 2, bytes: 16 });
    },
    'POST /v1/jobs': ({ body }) => {
      sent.push(body);
      return json(202, { job_id: jobId, status: 'pending', cached: false });
    },
    [`GET /v1/jobs/${jobId}`]: view,
    [`GET /v1/jobs/${jobId}/events`]: events([view]),
    [`GET /v1/jobs/${jobId}/results`]: () => new Response(lines, { headers: { 'content-type': 'application/x-ndjson' } }),
  };
}

it('uploads the items, and prints the lines of the results', async () => {
  const view = viewOf({
    kind: 'words',
    output: 'lines',
    completed_chunks: 1,
    failed_chunks: 1,
    total_chunks: 2,
    result: null,
    input: { id: 'i', records: 2, by: 'record' },
  });
  const ran = await run(['map', 'words', 'items.ndjson', '--throws', '3'], { answers: answersFor(view), cwd });
  expect(ran).toMatchObject({ code: 5, out: lines });
  expect(ran.err).toMatch(/^words: job \S+, 2 records\n1 item done, 1 failed in 2.0 s\n {2}which and why: manyhands failures /);
  expect(sent).toEqual([
    '?form=ndjson&kind=words',
    '{"a":1}\n{"a":2}\n',
    { kind: 'words', params: { throws: 3 }, input: '01a223b2-6025-77d0-9b48-a5c0d52f1111' },
  ]);
});

it('reads standard input, in the form that is stated or that the kind reads', async () => {
  const view = viewOf({ kind: 'words', result: 7 });
  const answers = answersFor(view, 'csv');
  expect(await run(['map', 'words', '-'], { answers, stdin: 'a\n1\n' })).toMatchObject({ code: 0, out: '7\n' });
  await run(['map', 'words', '-', '--form', 'lines'], { answers, stdin: 'x\n' });
  expect(sent.filter((each) => typeof each === 'string')).toEqual([
    '?form=csv&kind=words',
    'a\n1\n',
    '?form=lines&kind=words',
    'x\n',
  ]);
});

it.each([
  ['items.ndjson', 'items', 'ndjson'],
  ['a.json', 'items', 'json'],
  ['a.csv', 'items', 'csv'],
  ['a.txt', 'ndjson', 'lines'],
  ['picture.csv', 'bytes', 'bytes'],
  ['a.unknown', 'items', 'ndjson'],
])('%s for a kind of %s is sent as %s', async (file, form, wanted) => {
  writeFileSync(join(cwd, file), '{"a":1}\n{"a":2}\n');
  await run(['map', 'words', file, '--detach'], { answers: answersFor(viewOf(), form), cwd });
  expect(sent[0]).toBe(`?form=${wanted}&kind=words`);
});

it.each([
  [['map', 'pi', 'items.ndjson'], 'pi computes no items: its chunks are cut by number. Run it: manyhands run pi'],
  [['map', 'words', 'no.ndjson'], 'There is no file '],
  [['map', 'words', '.'], '. is no file.'],
  [['map', 'words'], "missing required argument 'file'"],
])('%j is refused before anything is sent', async (args, sentence) => {
  const { code, out, err } = await run(args, { answers: answersFor(viewOf()), cwd });
  expect({ code, out, sent }).toEqual({ code: 2, out: '', sent: [] });
  expect(err).toContain(sentence);
});

it('what cannot be read is told apart from a system that does not answer', async () => {
  const broken = new Readable({ read: () => void broken.destroy(new Error('EISDIR: illegal operation on a directory, read')) });
  expect(await run(['map', 'words', '-'], { answers: answersFor(viewOf()), stdin: broken })).toMatchObject({
    code: 2,
    out: '',
    err: 'standard input cannot be read: EISDIR: illegal operation on a directory, read\n',
  });
  const waiting = new Readable({ read: () => undefined });
  const unanswered: Answers = {
    ...answersFor(viewOf()),
    'POST /v1/inputs': async ({ content }) => {
      const stream = content as ReadableStream<Uint8Array>;
      const reader = stream.getReader();
      void reader.read().catch(() => undefined);
      await reader.cancel(new Error('connect ECONNREFUSED'));
      throw new TypeError('fetch failed');
    },
  };
  expect(await run(['map', 'words', '-'], { answers: unanswered, stdin: waiting })).toMatchObject({ code: 3, out: '' });
  expect(waiting.destroyed).toBe(true);
});
