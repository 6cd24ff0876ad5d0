/** What the client knows of a task, from its type alone or from its definition. */
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { createClient } from './client.ts';
import { defineTask, items, ndjson } from './index.ts';

const lengths = defineTask({
  name: 'lengths',
  version: 2,
  params: z.object({ unit: z.enum(['chars', 'bytes']).default('chars') }),
  input: items(z.object({ text: z.string(), weight: z.coerce.number().default(1) })),
  compute: ({ text, weight }, { params }) => ({ length: text.length * weight, unit: params.unit }),
});

const batched = defineTask({
  name: 'batched',
  params: z.object({ factor: z.number() }),
  input: items(z.number(), { batch: 10 }),
  compute: async (numbers, { params }) => numbers.map((number) => String(number * params.factor)),
});

const _mean = defineTask({
  name: 'mean',
  input: ndjson(z.object({ cents: z.int() })),
  compute: (rows) => ({ sum: rows.reduce((sum, { cents }) => sum + cents, 0), count: rows.length }),
  merge: (left, right) => ({ sum: left.sum + right.sum, count: left.count + right.count }),
  finish: ({ sum, count }) => sum / count,
});

const pi = defineTask({
  name: 'pi',
  params: z.object({ throws: z.int() }),
  compute: (index: number) => index,
  merge: (left, right) => left + right,
});

/** Never answers; states the bodies it was sent. */
function silent() {
  const sent: string[] = [];
  const client = createClient({
    baseUrl: 'http://gateway',
    fetch: (async (url: string, init?: RequestInit) => {
      sent.push(`${url.slice('http://gateway'.length)} ${await new Response(init?.body ?? '').text()}`);
      return Response.json({ detail: 'no' }, { status: 404 });
    }) as typeof fetch,
  });
  return { client, sent };
}
const { client } = silent();

it('types items, parameters and lines by the type of the task', () => {
  const _lines = () => client.map<typeof lengths>('lengths', [{ text: 'a' }], { unit: 'bytes' });
  type Line = Exclude<Awaited<ReturnType<ReturnType<typeof _lines>['next']>>['value'], void>;
  expectTypeOf<NonNullable<Line['output']>>().toEqualTypeOf<{ length: number; unit: 'chars' | 'bytes' }>();
  expectTypeOf<Line['index']>().toEqualTypeOf<number>();
  expectTypeOf<NonNullable<Line['error']>>().toEqualTypeOf<{ code: string; message: string }>();
  const wrong = () => [
    // @ts-expect-error an item has no such text
    client.map<typeof lengths>('lengths', [{ text: 7 }]),
    // @ts-expect-error there is no such unit
    client.map<typeof lengths>('lengths', [{ text: 'a' }], { unit: 'words' }),
    // @ts-expect-error the factor is required
    client.map<typeof batched>('batched', [1]),
    client.map<typeof lengths>('lengths', [{ text: 'a' }]),
    client.map('whatever', [1, 'b'], { any: 'thing' }),
  ];
  expect(wrong).toBeTypeOf('function');
});

it('types the lines of batches by what stands for one item', () => {
  const _lines = () => client.map(batched, [1, 2], { factor: 2 });
  type Line = Exclude<Awaited<ReturnType<ReturnType<typeof _lines>['next']>>['value'], void>;
  expectTypeOf<NonNullable<Line['output']>>().toEqualTypeOf<string>();
});

it('types the answer by what is merged, or by what `finish` makes of it', () => {
  const answers = async () => [
    await client.run<typeof pi>('pi', { throws: 3 }),
    await client.run(pi, { throws: 3 }, { chunks: 2 }),
  ];
  expectTypeOf(answers).returns.resolves.toExtend<{ result: number }[]>();
  const _ofFile = () => client.run<typeof _mean>('mean');
  expectTypeOf<Awaited<ReturnType<typeof _ofFile>>['result']>().toEqualTypeOf<number>();
});

describe('given the definition', () => {
  it('sends nothing when parameters or items do not fit', async () => {
    const { client, sent } = silent();
    await expect(client.map(lengths, [], { unit: 'words' as never }).next()).rejects.toThrow(
      /the parameters of lengths do not fit: unit: /,
    );
    await expect(client.map(lengths, [{ text: 'a' }, { text: 7 as never }]).next()).rejects.toThrow(
      /the values of item 1 do not fit: text: /,
    );
    await expect(client.run(pi, { throws: 0.5 })).rejects.toThrow('the parameters of pi do not fit: throws: ');
    expect(sent.filter((request) => !request.startsWith('/v1/inputs'))).toEqual([]);
  });

  it('asks for its version, and sends items and parameters as they were given, without defaults', async () => {
    const { client, sent } = silent();
    await expect(client.map(lengths, [{ text: 'a' }]).next()).rejects.toMatchObject({ status: 404 });
    await expect(client.run(pi, { throws: 3 })).rejects.toMatchObject({ status: 404 });
    expect(sent).toEqual([
      '/v1/inputs?form=ndjson&kind=lengths-v2 {"text":"a"}\n',
      '/v1/jobs {"kind":"pi","params":{"throws":3}}',
    ]);
  });
});
