/**
 * A set of chunks that never changes: adding and taking away make another one, and the old one stays what it was.
 *
 * Kept as bits in blocks of 512 chunks; two sets share the blocks in which they agree, and all whole blocks are one. So a set of a million chunks takes
 * 125 kB at most, however many pieces it is in, and what a change costs follows from the blocks it touches. Intervals were rejected: a job of which a
 * random tenth fails falls into 100,000 pieces, and each result then cost as much as all before it.
 *
 * Invariant: no block is empty and none at the end is missing, so equal sets are deeply equal.
 */
import {
  blockOf,
  BLOCK,
  countBits,
  fill,
  joined,
  lowestBit,
  nextBit,
  popCount,
  WHOLE,
  WORDS,
  type Block,
} from './chunk-block.ts';
import type { Span } from './spans.ts';

type Blocks = readonly (Block | undefined)[];

export class ChunkSet {
  static readonly NONE = new ChunkSet(0, [], 0);
  /** How many chunks. */
  readonly size: number;
  /** Where in all blocks the first of these is. */
  private readonly start: number;
  private readonly blocks: Blocks;

  private constructor(start: number, blocks: Blocks, size: number) {
    this.start = start;
    this.blocks = blocks;
    this.size = size;
  }

  static ofSpan([begin, end]: Span): ChunkSet {
    const start = Math.floor(begin / BLOCK);
    if (end - begin >= BLOCK || end > (start + 1) * BLOCK) return ChunkSet.#ofSpans([[begin, end]]);
    const words = new Uint32Array(WORDS);
    fill(words, begin % BLOCK, end - start * BLOCK);
    return new ChunkSet(start, [{ words, count: end - begin }], end - begin);
  }

  /** The chunks of all these spans, in any order. */
  static of(spans: Iterable<Span>): ChunkSet {
    const list = [...spans];
    return list.length === 0 ? ChunkSet.NONE : list.length === 1 ? ChunkSet.ofSpan(list[0]!) : ChunkSet.#ofSpans(list);
  }

  static #ofSpans(list: readonly Span[]): ChunkSet {
    const start = Math.floor(list.reduce((least, [begin]) => Math.min(least, begin), Infinity) / BLOCK);
    const blocks: (Uint32Array | Block | undefined)[] = [];
    for (const [begin, end] of list) {
      for (let from = begin; from < end;) {
        const at = Math.floor(from / BLOCK);
        const to = Math.min(end, (at + 1) * BLOCK);
        while (blocks.length <= at - start) blocks.push(undefined);
        const known = blocks[at - start];
        if (to - from === BLOCK) blocks[at - start] = WHOLE;
        else if (known !== WHOLE)
          fill(
            (blocks[at - start] = (known as Uint32Array | undefined) ?? new Uint32Array(WORDS)),
            from % BLOCK,
            to - at * BLOCK,
          );
        from = to;
      }
    }
    return made(
      start,
      blocks.map((block) => (block instanceof Uint32Array ? blockOf(block) : block)),
    );
  }

  /** For each number in `numbers` the set of the chunks that have it, by number. */
  static byNumber(numbers: Uint8Array): ReadonlyMap<number, ChunkSet> {
    const sets = new Map<number, (Uint32Array | undefined)[]>();
    let last = -1;
    let blocks: (Uint32Array | undefined)[] = [];
    for (let chunk = 0; chunk < numbers.length; chunk += 1) {
      const number = numbers[chunk]!;
      if (number !== last) {
        blocks = sets.get(number) ?? [];
        sets.set(number, blocks);
        last = number;
      }
      const at = Math.floor(chunk / BLOCK);
      while (blocks.length <= at) blocks.push(undefined);
      const words = (blocks[at] ??= new Uint32Array(WORDS));
      words[(chunk % BLOCK) >>> 5]! |= 1 << (chunk & 31);
    }
    return new Map(
      [...sets].map(([number, all]) => [
        number,
        made(
          0,
          all.map((words) => words && blockOf(words)),
        ),
      ]),
    );
  }

  /** Of blocks of which none at either end is missing. */
  static ofBlocks(start: number, blocks: Blocks, size: number): ChunkSet {
    return blocks.length === 0 ? ChunkSet.NONE : new ChunkSet(start, blocks, size);
  }

  has(chunk: number): boolean {
    const block = this.#block(Math.floor(chunk / BLOCK));
    return block !== undefined && (block.words[(chunk % BLOCK) >>> 5]! & (1 << (chunk & 31))) !== 0;
  }

  /** Whether any chunk of `span` is in the set. */
  touches([begin, end]: Span): boolean {
    return this.#nextIn(begin, end) < end;
  }

  /** How many chunks of `span` are in the set. */
  countIn([begin, end]: Span): number {
    let count = 0;
    for (let from = begin; from < end;) {
      const at = Math.floor(from / BLOCK);
      const to = Math.min(end, (at + 1) * BLOCK);
      const block = this.#block(at);
      if (block !== undefined)
        count +=
          block === WHOLE ? to - from : to - from === BLOCK ? block.count : countBits(block.words, from % BLOCK, to - at * BLOCK);
      from = to;
    }
    return count;
  }

  with(span: Span): ChunkSet {
    return this.union(ChunkSet.ofSpan(span));
  }

  without(span: Span): ChunkSet {
    return this.touches(span) ? this.minus(ChunkSet.ofSpan(span)) : this;
  }

  within(span: Span): ChunkSet {
    return this.touches(span) ? this.intersection(ChunkSet.ofSpan(span)) : ChunkSet.NONE;
  }

  union(other: ChunkSet): ChunkSet {
    if (this.size === 0) return other;
    if (other.size === 0) return this;
    if (other.blocks.length > this.blocks.length) return other.union(this);
    const start = Math.min(this.start, other.start);
    const blocks =
      start < this.start ? [...new Array<undefined>(this.start - start).fill(undefined), ...this.blocks] : this.blocks.slice();
    while (blocks.length < other.start + other.blocks.length - start) blocks.push(undefined);
    let { size } = this;
    for (let at = other.start; at < other.start + other.blocks.length; at += 1) {
      const known = blocks[at - start];
      const next = joined(known, other.#block(at), 'either');
      blocks[at - start] = next;
      size += (next?.count ?? 0) - (known?.count ?? 0);
    }
    return ChunkSet.ofBlocks(start, blocks, size);
  }

  minus(other: ChunkSet): ChunkSet {
    const [from, to] = this.#sharedWith(other);
    if (from >= to) return this;
    const blocks = this.blocks.slice();
    let { size } = this;
    for (let at = from; at < to; at += 1) {
      const known = blocks[at - this.start];
      const next = joined(known, other.#block(at), 'first only');
      blocks[at - this.start] = next;
      size += (next?.count ?? 0) - (known?.count ?? 0);
    }
    return trimmed(this.start, blocks, size);
  }

  intersection(other: ChunkSet): ChunkSet {
    const [from, to] = this.#sharedWith(other);
    if (from >= to) return ChunkSet.NONE;
    const blocks: (Block | undefined)[] = [];
    for (let at = from; at < to; at += 1) blocks.push(joined(this.#block(at), other.#block(at), 'both'));
    return made(from, blocks);
  }

  /** Maximal spans in order, one after the other: who stops early pays for no more. Longer ones than `lengthMax` come in pieces. */
  *spans(lengthMax = Infinity): Generator<Span, void> {
    const length = (this.start + this.blocks.length) * BLOCK;
    for (let begin = this.#nextIn(0, length); begin < length;) {
      const end = this.#nextOut(begin, begin + lengthMax);
      yield [begin, end];
      begin = this.#nextIn(end, length);
    }
  }

  /** The first maximal span; undefined when the set is empty. */
  first(): Span | undefined {
    return this.spans().next().value ?? undefined;
  }

  /** How many maximal spans there are. */
  get spanCount(): number {
    let count = 0;
    let carry = 0;
    for (const block of this.blocks) {
      if (block === undefined) carry = 0;
      else if (block === WHOLE) {
        count += 1 - carry;
        carry = 1;
      } else {
        for (const word of block.words) {
          count += popCount(word & ~((word << 1) | carry));
          carry = word >>> 31;
        }
      }
    }
    return count;
  }

  /** Writes `number` at the place of each chunk. */
  mark(numbers: Uint8Array, number: number): void {
    for (const [index, block] of this.blocks.entries()) {
      if (block === undefined) continue;
      const base = (this.start + index) * BLOCK;
      if (block === WHOLE) numbers.fill(number, base, base + BLOCK);
      else
        for (let at = 0; at < WORDS; at += 1)
          for (let left = block.words[at]!; left !== 0; left &= left - 1) numbers[base + at * 32 + lowestBit(left)] = number;
    }
  }

  /** As its spans: for logs, and for states that a person looks at. */
  toJSON(): Span[] {
    return [...this.spans()];
  }

  #block(at: number): Block | undefined {
    return this.blocks[at - this.start];
  }

  /** The blocks that both may have, from and to. */
  #sharedWith(other: ChunkSet): [from: number, to: number] {
    return [Math.max(this.start, other.start), Math.min(this.start + this.blocks.length, other.start + other.blocks.length)];
  }

  /** The first chunk of the set from `from` on; `end` or more when there is none before. */
  #nextIn(from: number, end: number): number {
    for (let at = Math.max(from, this.start * BLOCK); at < end;) {
      const index = Math.floor(at / BLOCK);
      if (index >= this.start + this.blocks.length) return end;
      const block = this.#block(index);
      if (block === WHOLE) return at;
      const found = block === undefined ? BLOCK : nextBit(block.words, at % BLOCK, 0);
      if (found < BLOCK) return index * BLOCK + found;
      at = (index + 1) * BLOCK;
    }
    return end;
  }

  /** The first chunk from `from` on that is not in the set; `end` when there is none before. */
  #nextOut(from: number, end: number): number {
    for (let at = from; at < end;) {
      const index = Math.floor(at / BLOCK);
      const block = this.#block(index);
      if (block === undefined) return at;
      const found = block === WHOLE ? BLOCK : nextBit(block.words, at % BLOCK, -1);
      if (found < BLOCK) return Math.min(end, index * BLOCK + found);
      at = (index + 1) * BLOCK;
    }
    return end;
  }
}

function made(start: number, blocks: (Block | undefined)[]): ChunkSet {
  let size = 0;
  for (const block of blocks) size += block?.count ?? 0;
  return trimmed(start, blocks, size);
}

/** Leaves out the missing blocks at both ends. */
function trimmed(start: number, blocks: (Block | undefined)[], size: number): ChunkSet {
  if (size === 0) return ChunkSet.NONE;
  while (blocks.at(-1) === undefined) blocks.pop();
  const from = blocks[0] === undefined ? blocks.findIndex((block) => block !== undefined) : 0;
  return ChunkSet.ofBlocks(start + from, from === 0 ? blocks : blocks.slice(from), size);
}
