import fc from 'fast-check';
import { expect, expectTypeOf, test } from 'vitest';
import { ApiProblem } from './api-problem.ts';
import { createClient } from './client.ts';
import type { FailureLine, ResultLine } from './shapes.ts';
import { readJsonLines, writeJsonLines } from './json-lines.ts';

/** Answers each request with the next of these; states what was asked for. */
function scripted(answers: (() => Response)[]) {
  const asked: string[] = [];
  const client = createClient({
    baseUrl: 'http://gateway',
    retryMs: 1,
    retryMsMax: 2,
    fetch: ((url: string, init?: RequestInit) => {
      init?.signal?.throwIfAborted();
      asked.push(url.replace('http://gateway/v1/jobs/', ''));
      return Promise.resolve((answers.length > 1 ? answers.shift()! : answers[0]!)());
    }) as typeof fetch,
  });
  return { client, asked };
}

const text = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, n) => `{"index":${from + n},"output":"${from + n} €"}\n`).join('');
const whole = (body: string) => () => new Response(body);
/** Sends a text and then ends as a connection that is cut off does. */
const cut = (body: string) => () => {
  let isSent = false;
  return new Response(
    new ReadableStream<Uint8Array>({
      pull(controller) {
        if (isSent) controller.error(new TypeError('terminated'));
        else controller.enqueue(new TextEncoder().encode(body));
        isSent = true;
      },
    }),
  );
};
const refused = (status: number) => () => Response.json({ detail: 'no' }, { status });

async function all<T>(lines: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const line of lines) read.push(line);
  return read;
}

test('results go on behind the last line, wherever they were cut off', async () => {
  const { client, asked } = scripted([
    refused(503),
    cut(`${text(0, 3)}{"index":3,"out`),
    cut(''),
    cut(text(3, 5)),
    whole(text(5, 8)),
  ]);
  const lines = await all(client.results('j'));
  expect(lines.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(lines[7]!.output).toBe('7 €');
  expect(asked).toEqual(['j/results', 'j/results', 'j/results?from=3', 'j/results?from=3', 'j/results?from=5']);
});

test('a range stays the range when it is cut off', async () => {
  const { client, asked } = scripted([cut(text(2, 4)), whole(text(4, 7))]);
  expect(await all(client.failures('j', { from: 2, limit: 5 }))).toHaveLength(5);
  expect(asked).toEqual(['j/failures?from=2&limit=5', 'j/failures?from=4&limit=3']);
});

test('what another try cannot mend is thrown at once, and the rest after eight tries without a line', async () => {
  const over = scripted([refused(409)]);
  await expect(all(over.client.results('j'))).rejects.toEqual(new ApiProblem(409, 'no'));
  expect(over.asked).toHaveLength(1);
  const away = scripted([cut('')]);
  await expect(all(away.client.results('j'))).rejects.toMatchObject({ status: 0 });
  expect(away.asked).toHaveLength(9);
  const { client } = scripted([whole('{"index":0}\n<html>\n')]);
  await expect(all(client.results('j'))).rejects.toMatchObject({ status: 200, fromApi: false });
});

test('a reader that stops early asks for nothing more', async () => {
  const { client, asked } = scripted([whole(text(0, 10))]);
  for await (const { index } of client.results('j')) if (index === 3) break;
  expect(asked).toHaveLength(1);
});

test('an aborted signal ends the reading with its reason', async () => {
  const { client } = scripted([cut(text(0, 2))]);
  const control = new AbortController();
  const lines = client.results('j', { signal: control.signal });
  await lines.next();
  control.abort(new Error('enough'));
  await lines.next();
  await expect(lines.next()).rejects.toThrow('enough');
});

test('results as a file, and the answer', async () => {
  const { client, asked } = scripted([whole('index,output\r\n'), () => Response.json({ sum: 7 }), refused(410)]);
  expect(await new Response(await client.resultsFile('j', 'csv', { limit: 9 })).text()).toBe('index,output\r\n');
  expect(await client.result('j')).toEqual({ sum: 7 });
  await expect(client.resultsFile('j', 'bare')).rejects.toMatchObject({ status: 410 });
  expect(asked).toEqual(['j/results?format=csv&limit=9', 'j/result', 'j/results?format=bare']);
});

test('lines have the type they are said to have', () => {
  expectTypeOf<ResultLine<number>['output']>().toEqualTypeOf<number>();
  expectTypeOf<FailureLine<string>['item']>().toEqualTypeOf<string | undefined>();
});

test('values come out of NDJSON as they went in, in whatever pieces', () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue({ maxDepth: 1 })), fc.integer({ min: 1, max: 30 }), async (values, size) => {
      const bytes = Buffer.concat(await all(writeJsonLines(values)));
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size));
      const read = async function* () {
        yield* pieces;
      };
      expect((await all(readJsonLines(read()))).flat()).toEqual(JSON.parse(JSON.stringify(values)));
    }),
    { numRuns: 50 },
  ));

test('a value that is no JSON is named, and many are sent in few pieces', async () => {
  await expect(all(writeJsonLines([1, undefined]))).rejects.toThrow('item 1 is undefined, which is no JSON value');
  await expect(all(writeJsonLines([() => 1]))).rejects.toThrow('item 0 is function');
  const pieces = await all(writeJsonLines(Array.from({ length: 10_000 }, (_, n) => `${n}-0123456789`)));
  expect(pieces.length).toBeLessThan(5);
});
