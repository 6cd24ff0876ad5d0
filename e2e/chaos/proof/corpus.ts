/** Results that hurt: a checked-in corpus, and a fuzzer that makes more of them from a seed. Pure. */
import { limits } from '@manyhands/proto';
import { nested, WORDS } from '../containment/chunk-value.ts';
import type { Random } from '../../simulation/random.ts';

/** JSON, however unusual: it must arrive byte for byte. */
export const READABLE: readonly string[] = [
  'null',
  'false',
  '0',
  '-0',
  '""',
  '[]',
  '{}',
  '{"":""}',
  '[ 1 , 2 ]',
  '{ "a" : { } }',
  '[1,\n\t2\r\n]',
  '1e400',
  '-1e400',
  '1E5',
  '1.0',
  '1e-400',
  '12345678901234567890',
  '9007199254740993',
  '0.1000000000000000055511151231257827',
  '{"__proto__":{"admin":true},"a":2}',
  '{"constructor":{"prototype":{"a":1}}}',
  '{"a":1,"a":2}',
  '{"a":1,"\\u0061":2}',
  '{"9007199254740993":9007199254740993}',
  '{"partial":1,"type":"LeaseComputed","v":2}',
  '"\\"partial\\":"',
  '{"failed":[{"chunk":0}],"lease":"0-1-0"}',
  '"json-text-"',
  '"job-text-0"',
  '"},\\"partial\\":{"',
  '"\\u0000"',
  '"\\ud800"',
  '"\\udfff\\ud800"',
  '"\u2028\u2029"',
  '"\\/"',
  '"💥"',
  '"\u007f"',
  '"\ufeff"',
  nested(100),
  nested(limits.jsonDepthMax - 1),
  '{"a":'.repeat(300) + '[]' + '}'.repeat(300),
  JSON.stringify('x'.repeat(400_000)),
  JSON.stringify('\u0001'.repeat(60_000)),
  JSON.stringify(Array.from({ length: 50_000 }, (_, index) => index)),
  JSON.stringify(Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`key ${index}`, index]))),
  JSON.stringify(WORDS),
];

/** No JSON, or nested too deep: its lease has failed, and the job says so. */
export const UNREADABLE: readonly string[] = [
  'NaN',
  'Infinity',
  'undefined',
  '-',
  '01',
  '1.',
  '.5',
  '+1',
  '1e',
  '0x1',
  "'a'",
  '{"a":}',
  '{"a" 1}',
  '{"a":1,}',
  '{a:1}',
  '[1,]',
  '[,1]',
  '[1 2]',
  'tru',
  'nul',
  '1 2',
  '[',
  '{',
  '"',
  '"\\x"',
  '"\\u12"',
  '"\u0001"',
  '"a\nb"',
  ']',
  '}',
  '[}',
  '\ufeff1',
  nested(limits.jsonDepthMax + 1),
  nested(3_000),
  nested(100_000),
  '['.repeat(400_000),
];

/** Random JSON text of all shapes, with space where the grammar allows it. */
export function someJson(random: Random, depth = 0): string {
  const space = (): string => (random.chance(0.05) ? random.one([' ', '\n', '\t', '  \r\n']) : '');
  const kind = random.whole(0, depth > 6 ? 3 : 5);
  switch (kind) {
    case 0:
      return random.one(['null', 'true', 'false', '0', '-0', '1e999', '-1E+5', '1.50', '123456789012345678901234567890']);
    case 1:
      return `${random.chance(0.5) ? '-' : ''}${random.whole(1, 2 ** 40)}${random.chance(0.3) ? `.${random.whole(0, 9_999)}` : ''}${random.chance(0.2) ? `e${random.whole(-400, 400)}` : ''}`;
    case 2:
      return JSON.stringify(random.one(WORDS));
    case 3:
      return JSON.stringify(String.fromCharCode(...Array.from({ length: random.whole(0, 30) }, () => random.whole(1, 0xffff))));
    case 4:
      return `[${Array.from({ length: random.whole(0, 5) }, () => space() + someJson(random, depth + 1) + space()).join(',')}]`;
    default:
      return `{${Array.from({ length: random.whole(0, 5) }, () => `${space()}${JSON.stringify(random.one(WORDS))}${space()}:${space()}${someJson(random, depth + 1)}`).join(',')}}`;
  }
}

/** The same text with some characters gone, doubled or exchanged. */
export function damaged(random: Random, text: string): string {
  let hurt = text;
  for (let times = random.whole(1, 4); times > 0; times -= 1) {
    const at = random.whole(0, hurt.length);
    const extra = random.one(['', '{', '}', '[', ']', ',', ':', '"', '\\', '0', '-', 'e', '.', ' ', '\u0000', 'n', '\ufffd']);
    hurt = hurt.slice(0, at) + extra + hurt.slice(at + random.whole(0, 2));
  }
  return hurt;
}

/** Whether a result is one that must arrive. Depth is counted as the limit counts it: brackets one inside the other. */
export function isReadable(text: string): boolean {
  try {
    JSON.parse(text);
  } catch {
    return false;
  }
  return depthOf(text) <= limits.jsonDepthMax && Buffer.byteLength(text) <= limits.partialBytesMax;
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === '[' || token === '{') deepest = Math.max(deepest, (depth += 1));
    else if (token === ']' || token === '}') depth -= 1;
  }
  return deepest;
}
