/** The bits of 512 chunks, of which a `ChunkSet` is made. A block never changes once it is in a set. */
export const BLOCK = 512;
export const WORDS = BLOCK / 32;

export interface Block {
  readonly words: Uint32Array;
  readonly count: number;
}

/** The one block that holds all its chunks. */
export const WHOLE: Block = { words: new Uint32Array(WORDS).fill(0xffffffff), count: BLOCK };

/** Undefined when no bit is set. */
export function blockOf(words: Uint32Array): Block | undefined {
  let count = 0;
  for (const word of words) count += popCount(word);
  if (count === 0) return undefined;
  return count === BLOCK ? WHOLE : { words, count };
}

/** Sets the bits `[from, to)`. */
export function fill(words: Uint32Array, from: number, to: number): void {
  for (let index = from >>> 5; index * 32 < to; index += 1) words[index]! |= maskOf(index, from, to);
}

export function countBits(words: Uint32Array, from: number, to: number): number {
  let count = 0;
  for (let index = from >>> 5; index * 32 < to; index += 1) count += popCount(words[index]! & maskOf(index, from, to));
  return count;
}

/** The bits `[from, to)` of a block that lie in its word `index`. */
function maskOf(index: number, from: number, to: number): number {
  const first = Math.max(0, from - index * 32);
  const last = Math.min(32, to - index * 32);
  return (last === 32 ? -1 : (1 << last) - 1) & (-1 << first);
}

/** The first bit from `from` on that is set, or with `flip` all ones: that is not. */
export function nextBit(words: Uint32Array, from: number, flip: number): number {
  let mask = -1 << (from & 31);
  for (let index = from >>> 5; index < WORDS; index += 1) {
    const bits = (words[index]! ^ flip) & mask;
    if (bits !== 0) return index * 32 + lowestBit(bits);
    mask = -1;
  }
  return BLOCK;
}

export function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

export function popCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

type Join = 'either' | 'both' | 'first only';

/** The block of the chunks that are in either, in both, or in the first only. */
export function joined(one: Block | undefined, other: Block | undefined, how: Join): Block | undefined {
  if (one === undefined) return how === 'either' ? other : undefined;
  if (other === undefined) return how === 'both' ? undefined : one;
  if (one === WHOLE && how === 'either') return one;
  if (other === WHOLE) return how === 'either' ? other : how === 'both' ? one : undefined;
  if (one === WHOLE && how === 'both') return other;
  const words = new Uint32Array(WORDS);
  for (let index = 0; index < WORDS; index += 1) {
    const [mine, theirs] = [one.words[index]!, other.words[index]!];
    words[index] = how === 'either' ? mine | theirs : how === 'both' ? mine & theirs : mine & ~theirs;
  }
  return blockOf(words);
}
