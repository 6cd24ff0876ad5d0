/**
 * Which chunks of a job are done, dead or waiting, as JSON of a bounded size.
 *
 * Few pieces are written as intervals, which an operator can read. Many are written as a map: one number for each chunk, that of the set it is in, deflated. Measured with
 * a million chunks: alternating 250 kB, a random tenth dead 137 kB, spread at random over ten attempts 620 kB, in 10 to 25 ms. (A million pairs of numbers
 * take 14 MB.) What would be larger still states less about when its chunks may run.
 */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Span } from '../job/spans.ts';
import { ChunkSet } from '../job/chunk-set.ts';
import { withWaiting, type Waiting, type WaitingChunks } from '../job/waiting.ts';

export interface ChunkFates {
  done: ChunkSet;
  dead: ChunkSet;
  waiting: Waiting;
}

type WaitsAlike = Omit<WaitingChunks, 'chunks'>;

export interface ChunkFatesJson {
  done?: Span[];
  dead?: Span[];
  waiting: (WaitsAlike & { spans?: Span[] })[];
  /** For each chunk 0, or 1 where it is done, 2 where it is dead, or 3 and more by the group it waits in: deflated, in base 64. Then no spans are given. */
  map?: string;
}

/** Intervals beyond which the map is written. */
const SPANS_MAX = 1_000;
/** Characters of a map beyond which times are joined. */
const MAP_MAX = 480 * 1024;
const [DONE, DEAD, WAITING] = [1, 2, 3];
/** Groups that fit into the numbers of a map. */
const GROUPS_MAX = 250;

export function chunkFatesJson(given: ChunkFates, chunkCount: number): ChunkFatesJson {
  const spanCount = [given.done, given.dead, ...given.waiting.map(({ chunks }) => chunks)].reduce(
    (sum, set) => sum + set.spanCount,
    0,
  );
  if (spanCount <= SPANS_MAX) {
    return {
      done: given.done.toJSON(),
      dead: given.dead.toJSON(),
      waiting: given.waiting.map(({ chunks, ...alike }) => ({ ...alike, spans: chunks.toJSON() })),
    };
  }
  for (const coarser of [asItIs, withJoinedTimes, withJoinedSizes]) {
    const waiting = coarser(given.waiting);
    if (waiting.length > GROUPS_MAX) continue;
    const map = mapOf({ ...given, waiting }, chunkCount);
    if (map.length <= MAP_MAX || coarser === withJoinedSizes)
      return { waiting: waiting.map(({ chunks: _chunks, ...alike }) => alike), map };
  }
  throw new Error(`${given.waiting.length} groups of chunks wait, each in its own way`);
}

/** Throws on what `chunkFatesJson` never wrote. */
export function chunkFatesOf({ done = [], dead = [], waiting, map }: ChunkFatesJson, chunkCount: number): ChunkFates {
  if (map === undefined) {
    return {
      done: ChunkSet.of(done),
      dead: ChunkSet.of(dead),
      waiting: waiting.reduce<Waiting>(
        (groups, { spans = [], ...alike }) => withWaiting(groups, { ...alike, chunks: ChunkSet.of(spans) }),
        [],
      ),
    };
  }
  const numbers = inflateRawSync(Buffer.from(map, 'base64'), { maxOutputLength: chunkCount });
  if (numbers.length !== chunkCount) throw new Error(`the map is of ${numbers.length} chunks, not ${chunkCount}`);
  const sets = ChunkSet.byNumber(numbers);
  const numbered = (number: number): ChunkSet => sets.get(number) ?? ChunkSet.NONE;
  return {
    done: numbered(DONE),
    dead: numbered(DEAD),
    waiting: waiting.reduce<Waiting>(
      (groups, alike, index) => withWaiting(groups, { ...alike, chunks: numbered(WAITING + index) }),
      [],
    ),
  };
}

function mapOf({ done, dead, waiting }: ChunkFates, chunkCount: number): string {
  // Whole blocks are marked whole, also at the end.
  const numbers = new Uint8Array(chunkCount);
  done.mark(numbers, DONE);
  dead.mark(numbers, DEAD);
  for (const [index, { chunks }] of waiting.entries()) chunks.mark(numbers, WAITING + index);
  // Runs and single chunks are all there is: looking for longer matches takes 20 times as long, for a tenth of the size.
  return deflateRawSync(numbers, { level: 1, strategy: constants.Z_RLE }).toString('base64');
}

const asItIs = (waiting: Waiting): Waiting => waiting;

/** Of all that wait alike but for their time the latest is kept: none runs before its time. */
function withJoinedTimes(waiting: Waiting): Waiting {
  return joined(
    waiting,
    ({ attempt, notBeforeMs, leaseMax, suspect }) => `${attempt} ${notBeforeMs === undefined} ${leaseMax} ${suspect}`,
  );
}

/** And of all sizes the least: no lease is as large as one that was lost. */
function withJoinedSizes(waiting: Waiting): Waiting {
  return joined(waiting, ({ attempt, notBeforeMs, suspect }) => `${attempt} ${notBeforeMs === undefined} ${suspect}`);
}

function joined(waiting: Waiting, alike: (group: WaitingChunks) => string): Waiting {
  return [...Map.groupBy(waiting, alike).values()].reduce<Waiting>((groups, [first, ...others]) => {
    const one = others.reduce((sum, { notBeforeMs = 0, leaseMax = Infinity, chunks }) => {
      const least = Math.min(sum.leaseMax ?? Infinity, leaseMax);
      return {
        attempt: sum.attempt,
        ...(sum.notBeforeMs !== undefined && { notBeforeMs: Math.max(sum.notBeforeMs, notBeforeMs) }),
        ...(least < Infinity && { leaseMax: least }),
        ...(sum.suspect && { suspect: sum.suspect }),
        chunks: sum.chunks.union(chunks),
      };
    }, first!);
    return withWaiting(groups, one);
  }, []);
}
