/** Bytes that are no message of ours, from the plain to the spiteful. */
import type { Random } from '../../simulation/random.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const GARBAGE: Readonly<Record<string, Uint8Array>> = {
  nothing: new Uint8Array(),
  words: text('not a message'),
  'half a message': text('{"v":1,"type":"LeaseComputed","partial":[1,2'),
  'a bare value': text('null'),
  'an empty object': text('{}'),
  'another release': text('{"v":2,"type":"LeaseComputed","job_id":7}'),
  'bytes that are no text': Uint8Array.from([0xff, 0xfe, 0x00, 0x7b, 0xc3, 0x28]),
  'a deep hole': text('['.repeat(200_000)),
  'much of it': text('x'.repeat(900_000)),
  'a deep value under a known key': text(
    `{"v":1,"type":"LeaseComputed","partial":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`,
  ),
  __proto__: text('{"__proto__":{"type":"LeaseComputed","v":1},"type":"CancelJob"}'),
};

export function someGarbage(random: Random): { kind: string; bytes: Uint8Array } {
  const kind = random.one(Object.keys(GARBAGE));
  return { kind, bytes: GARBAGE[kind]! };
}
