import fc from 'fast-check';
import { limits } from '@manyhands/proto';
import { describe, expect, test } from 'vitest';
import { parseBody, readBody } from './body-parser.ts';
import { Problem } from './problem.ts';

const refusalOf = (text: string) => refusalIn(() => parseBody(text));

function refusalIn(read: () => unknown): { status: number; detail: unknown } | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    return { status: (error as Problem).getStatus(), detail: ((error as Problem).getResponse() as { detail: unknown }).detail };
  }
}

/** Keys that are refused for themselves. */
const isKey = (key: string): boolean =>
  !['__proto__', 'constructor', 'prototype'].includes(key) && !/^(["\u0000-\u001f]|[\ud800-\udfff])$/.test(key);
const { anything } = fc.letrec((tie) => ({
  anything: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'binary' }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('anything'), { maxLength: 5 }),
    fc.dictionary(fc.string({ unit: 'binary', maxLength: 3 }).filter(isKey), tie('anything'), {
      maxKeys: 5,
      noNullPrototype: true,
    }),
  ),
}));

/** JSON in one of its many spellings: spaces, and escapes where none are needed. */
function spelled(value: unknown, pick: () => number): string {
  const space = [' ', '', '\n', '\t '][pick() % 4]!;
  const text = (string: string): string =>
    [...Array(string.length).keys()]
      .map((at) =>
        pick() % 3 === 0 ? `\\u${string.charCodeAt(at).toString(16).padStart(4, '0')}` : JSON.stringify(string[at]).slice(1, -1),
      )
      .join('');
  if (typeof value === 'string') return `${space}"${text(value)}"`;
  if (Array.isArray(value)) return `${space}[${value.map((item) => spelled(item, pick)).join(`${space},`)}${space}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) + space;
  return `{${Object.entries(value)
    .map(([key, item]) => `${space}"${text(key)}"${space}:${spelled(item, pick)}`)
    .join(',')}}${space}`;
}

describe('parseBody', () => {
  test('reads any JSON, in any spelling, as the value that it is', () => {
    fc.assert(
      fc.property(anything, fc.infiniteStream(fc.nat(11)), (value, picks) => {
        expect(parseBody(spelled(value, () => picks.next().value as number))).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  test('refuses what JSON.parse refuses, and nothing else for its form', () => {
    const token = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b"',
      '"',
      '\\',
      '\\"',
      '"\\u006e"',
      '"\\x"',
      '1',
      '-',
      '01',
      '1.5',
      '.',
      'true',
      'nul',
      'null',
      ' ',
      '\n',
      '\u00a0',
      'NaN',
      "'a'",
      '//',
      '"\n"',
    );
    fc.assert(
      fc.property(
        fc.array(token, { maxLength: 9 }).map((tokens) => tokens.join('')),
        (text) => {
          let isJson = true;
          try {
            JSON.parse(text);
          } catch {
            isJson = false;
          }
          const refusal = refusalOf(text);
          if (isJson) expect(refusal === undefined || /given twice/.test(JSON.stringify(refusal)), text).toBe(true);
          else if (text.trim() !== '')
            expect(refusal, text).toMatchObject({
              status: expect.toSatisfy((status: number) => status === 400 || status === 422),
            });
        },
      ),
      { numRuns: 3_000 },
    );
  });

  // Seen: V8 of Node 24 reads "\u006e" as "\\" once it has read an object with that key behind the same one.
  test('reads a key of one escaped character as what it is, whatever was read before', () => {
    for (const seen of ['{"params":{"ab":0,"\\\\":1}}', '{"kind":"sum","\\\\":1}']) parseBody(seen);
    expect(parseBody('{"kind":"sum","\\u006e":5,"params":{"ab":0,"\\u006e":1}}')).toEqual({
      kind: 'sum',
      n: 5,
      params: { ab: 0, n: 1 },
    });
  });

  test('refuses a key that the next reader would take for another', () => {
    for (const key of ['\\"', '\\n', '\\u0001', '\\ud800']) {
      expect(refusalOf(`{"params":{"ab":0,"${key}":1}}`)).toMatchObject({
        status: 422,
        detail: [
          { loc: ['body', 'params', JSON.parse(`"${key}"`)], msg: expect.stringMatching(/longer name/), type: 'confusing_key' },
        ],
      });
    }
    expect(parseBody('{"ab":0,"\\\\":1,"\\n\\n":2}')).toEqual({ ab: 0, '\\': 1, '\n\n': 2 });
  });

  test('refuses a key that is given twice, however it is written, and says where', () => {
    expect(refusalOf('{"params":{"list":[0,{"n":1,"m":2,"\\u006e":1}]}}')).toEqual({
      status: 422,
      detail: [{ loc: ['body', 'params', 'list', 1, 'n'], msg: 'is given twice; send it once', type: 'repeated_key' }],
    });
    expect(parseBody('[{"n":1},{"n":1}]')).toEqual([{ n: 1 }, { n: 1 }]);
  });

  test('refuses whole numbers that would become others, and says where they stand and what to do', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), (integer) => {
        const refusal = refusalOf(`{"params":{"list":[0,{"n":${integer}}]}}`);
        if (refusal === undefined) expect(BigInt(Number(integer))).toBe(integer);
        else
          expect(refusal).toMatchObject({
            status: 422,
            detail: [
              { loc: ['body', 'params', 'list', 1, 'n'], msg: expect.stringContaining(`send it as a string: "${integer}"`) },
            ],
          });
      }),
    );
    for (const spelling of [
      '9007199254740993',
      '9007199254740993.0',
      '9007199254740993e0',
      '900719925474099.3E1',
      '1e400',
      '12345678901234567890.5',
    ])
      expect(refusalOf(`{"n":${spelling}}`), spelling).toMatchObject({ status: 422, detail: [{ loc: ['body', 'n'] }] });
    expect(parseBody('[1000000000000000000, 0.1, 1e22, 1.0, 1E3, -0, 0.1e1, 9007199254740992.0]')).toEqual([
      1e18,
      0.1,
      1e22,
      1,
      1_000,
      0,
      1,
      2 ** 53,
    ]);
  });

  test.each(['__proto__', 'constructor', 'prototype', '__pr\\u006fto__'])('refuses the key %s anywhere', (key) => {
    expect(refusalOf(`{"params":{"a":[{"${key}":1}]}}`)).toMatchObject({
      status: 400,
      detail: expect.stringContaining(`"${JSON.parse(`"${key}"`)}"`),
    });
  });

  test('takes what is nested as deep as the limit, brackets in strings not counted, and refuses one deeper in words', () => {
    const nested = (depth: number): string => `${'['.repeat(depth)}"]]\\"[[["${']'.repeat(depth)}`;
    expect(refusalOf(nested(limits.jsonDepthMax))).toBeUndefined();
    for (const depth of [limits.jsonDepthMax + 1, 300_000])
      expect(refusalOf(nested(depth))).toMatchObject({ status: 400, detail: expect.stringMatching(/nested deeper than 500/) });
  });

  test('refuses what no order can hold, but not for its spaces and escapes', () => {
    const params = 'x'.repeat(limits.paramsBytesMax);
    expect(refusalOf(`{"params":{"n":"${params}"}}`)).toBeUndefined();
    expect(refusalOf(`${' '.repeat(500_000)}{"params":{"n":"${'\\u0078'.repeat(limits.paramsBytesMax)}"}}`)).toBeUndefined();
    for (const much of [
      `{"n":"${params.repeat(2)}"}`,
      `[${'1,'.repeat(60_000)}1]`,
      `{${'"":{'.repeat(400)}`.padEnd(100_000, '"k":1,'),
      `{"n":${'9'.repeat(100_000)}}`,
    ]) {
      expect(refusalOf(much), much.slice(0, 20)).toMatchObject({
        status: expect.toSatisfy((status: number) => status === 413 || status === 422),
      });
    }
    expect(refusalOf(`[${'1,'.repeat(60_000)}1]`)).toMatchObject({
      status: 413,
      detail: expect.stringMatching(/^The body holds more than 73728 characters.*Send less/),
    });
  });

  test.each([
    ['{"n":', 'it ends too early'],
    ['{"n":1,}', '"}" at character 8 does not belong there'],
    ['{"n":NaN}', '"N" at character 6 does not belong there'],
    ["{'n':1}", '"\'" at character 2 does not belong there'],
    ['{"n":1} x', '"x" at character 9 does not belong there'],
    ['{"n":"1', 'the text at character 6 has no end'],
    ['{"n":"a\\x"}', 'the text at character 6 holds a backslash that escapes nothing; write \\\\'],
    ['{"n":"a\nb"}', 'the text at character 6 holds a line break or control character as it is; write \\n or \\u000a'],
    ['{"n":01}', '"1" at character 7 does not belong there'],
  ])('refuses %j with what is wrong and what to send', (text, why) => {
    expect(refusalOf(text)).toEqual({
      status: 400,
      detail: `The body is not JSON (${why}); send an object like {"kind":"sum","params":{"n":10000}}.`,
    });
  });

  test('takes an empty body as nothing', () => {
    expect(parseBody(' \n')).toBeUndefined();
  });

  test('takes a byte order mark in front for nothing, once, and only there', () => {
    expect(parseBody('\ufeff{"n":10}')).toEqual({ n: 10 });
    expect(parseBody('\ufeff')).toBeUndefined();
    expect(parseBody('{"n":"\ufeff"}')).toEqual({ n: '\ufeff' });
    for (const wrong of ['\ufeff\ufeff{}', '{\ufeff}', '{}\ufeff']) expect(refusalOf(wrong)).toMatchObject({ status: 400 });
  });
});

test('bytes that are no UTF-8 are refused, and a byte order mark is passed over', () => {
  expect(readBody(new TextEncoder().encode('\ufeff{"n":"é"}'))).toEqual({ n: 'é' });
  expect(readBody(new Uint8Array())).toBeUndefined();
  for (const bytes of [
    [0x22, 0xff, 0x22],
    [0x22, 0xc3, 0x22],
    [0x22, 0xed, 0xa0, 0x80, 0x22],
  ]) {
    expect(refusalIn(() => readBody(new Uint8Array(bytes)))).toEqual({
      status: 400,
      detail: expect.stringContaining('not UTF-8'),
    });
  }
});

describe('items in a body', () => {
  test('stay as they are written, however much and whatever it is, and everything behind them is read', () => {
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 5 }), fc.infiniteStream(fc.nat(11)), (items, picks) => {
        const text = spelled(items, () => picks.next().value as number).trim();
        const body = parseBody(`{"a":1,"items": ${text} ,"b":[2]}`) as { items: { text: string } };
        expect(body).toMatchObject({ a: 1, b: [2] });
        expect(body.items.text).toBe(text);
      }),
    );
    const many = `[${'1,'.repeat(400_000)}1]`;
    expect((parseBody(`{"items":${many}}`) as { items: { text: string } }).items.text).toBe(many);
  });

  test.each(['{"items":[', '{"items":["', '{"items":[1}', '{"items":[1]', '{"items":["\\"]}', '{"items":[{]'])(
    'that do not end are refused: %s',
    (text) => {
      expect(refusalOf(text)).toMatchObject({ status: 400 });
    },
  );

  test('only of the body itself, and only an array, are carried', () => {
    expect(parseBody('{"params":{"items":[1]},"items":{"a":1}}')).toEqual({ params: { items: [1] }, items: { a: 1 } });
    expect(refusalOf('{"items":[1],"items":[2]}')).toMatchObject({ status: 422 });
  });
});
