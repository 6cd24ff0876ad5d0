/**
 * Each field of the body in many spellings: taken or refused in words, in little time, with a short answer, and nothing stays in memory.
 *
 * The long form: `FUZZ_BODIES=10000 FUZZ_SEED=1 npx vitest run --project unit services/gateway/src/submit/body-fuzz.spec.ts` (spellings of each field; minutes).
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { limits } from '@manyhands/proto';
import { timesOfFixedWork } from '@manyhands/testkit/yardstick';
import { parseBody } from '../edge/body-parser.ts';
import { canonicalJson } from '../edge/canonical-json.ts';
import { Problem } from '../edge/problem.ts';
import { checkParams, compileParams } from '../kinds/params-check.ts';
import { readTiming } from '../schedule/schedule-request.ts';
import { PLACES, Spellings } from './body-spellings.fixture.ts';
import { withoutNulls } from './job-body.ts';
import { readEnvelope } from './job-envelope.ts';

const count = Number(process.env['FUZZ_BODIES'] ?? 60);
const seed = Number(process.env['FUZZ_SEED'] ?? 1);
const answerBytesMax = 16 * 1024;
/** Times the fixed work, which takes a millisecond of a core that does nothing else. The short form runs counted line by line. */
const costMax = process.env['FUZZ_BODIES'] === undefined ? 130 : 25;
const now = Date.parse('2026-11-28T12:00:00Z');

const choice = {
  oneOf: [
    { type: 'integer', minimum: 1, maximum: 1e18 },
    { type: 'string', pattern: '^[1-9][0-9]{0,29}$' },
  ],
};
const kinds = new Map([
  ['sum', compileParams({ type: 'object', properties: { n: choice }, required: ['n'], additionalProperties: false })],
  [
    'foreign',
    compileParams({
      type: 'object',
      properties: {
        n: {
          anyOf: [
            { type: 'number' },
            choice,
            { type: 'array', uniqueItems: true, items: { type: ['object', 'integer'], additionalProperties: choice } },
          ],
        },
        list: { type: 'array', items: choice },
      },
      patternProperties: { '^k': { type: 'string', format: 'date-time' } },
      additionalProperties: false,
    }),
  ],
]);

/** As the gateway reads a submission, up to where it would be stored. Undefined when it is taken. */
function refusalOf(text: string): Problem | undefined {
  try {
    const body = withoutNulls(parseBody(text));
    const { rest } = readTiming(body, now);
    const { kind, params, bare } = readEnvelope(rest);
    const check = kinds.get(kind);
    if (check === undefined) return undefined;
    checkParams(check, params, bare);
    expect(canonicalJson(JSON.parse(JSON.stringify(params)))).toBe(canonicalJson(params));
    expect(JSON.stringify(params).length).toBeLessThanOrEqual(limits.paramsBytesMax);
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw new Error(`neither taken nor refused: ${text.slice(0, 300)}`, { cause: error });
  }
}

const costOf = (text: string): number => timesOfFixedWork(() => refusalOf(text), costMax);

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

test.each(PLACES.map((place) => ({ place })))(
  '$place: each spelling is taken, or refused in words, shortly and in little time',
  { timeout: 3_600_000 },
  ({ place }) => {
    const spellings = new Spellings(seed * 1_000 + PLACES.indexOf(place));
    let taken = 0;
    let dearest = 0;
    for (let times = 0; times < count; times += 1) {
      const text = spellings.body(place);
      if (text.length > limits.bodyBytesMax) continue;
      const refusal = refusalOf(text);
      if (refusal === undefined) taken += 1;
      else {
        const answer = JSON.stringify(refusal.getResponse());
        expect([400, 413, 422], answer).toContain(refusal.getStatus());
        expect(Buffer.byteLength(answer), answer.slice(0, 300)).toBeLessThanOrEqual(answerBytesMax);
        expect(answer).not.toMatch(/undefined|\[object|Maximum call stack|x-written/);
      }
      const cost = costOf(text);
      expect(cost, `the cost of ${text.length} characters: ${text.slice(0, 300)}`).toBeLessThanOrEqual(costMax);
      dearest = Math.max(dearest, cost);
    }
    if (count > 1_000)
      console.log(`${place}: ${taken} of ${count} taken, the dearest ${dearest.toFixed(1)} times the fixed work`);
  },
);

test('refused bodies leave nothing in memory', { timeout: 600_000 }, () => {
  const much = [
    JSON.stringify({ n: 1, ...Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`key ${index}`, 1])) }),
    JSON.stringify({ kind: 'foreign', params: { list: Array.from({ length: 300 }, () => false), other: 'x'.repeat(2_000) } }),
    JSON.stringify(Object.fromEntries(Array.from({ length: 95_000 }, (_, index) => [`k${index}`, 1]))),
  ];
  const round = (): void => much.forEach((text, index) => void refusalOf(`${' '.repeat(index)}${text}`));
  for (let times = 0; times < 8; times += 1) round();
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let times = 0; times < Math.max(12, count / 10); times += 1) round();
  collect();
  expect((process.memoryUsage().heapUsed - before) / 1024 ** 2, 'MB').toBeLessThan(4);
});

// Seen: 0.8 s, 180 MB and an answer of 20 MB.
test('a body of 95,000 unknown keys costs little and has a short answer', () => {
  const text = JSON.stringify(Object.fromEntries(Array.from({ length: 95_000 }, (_, index) => [`k${index}`, 1])));
  expect(costOf(text)).toBeLessThanOrEqual(costMax);
  expect(JSON.stringify(refusalOf(text)!.getResponse()).length).toBeLessThan(1_000);
});
