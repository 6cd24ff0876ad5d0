/** What the partials of a job look like as JSON text, and which chunks are in one: whatever else it holds must come through untouched. */
import type { Nature } from './hostility.ts';
import { Random } from './random.ts';

/** What may be nested in a partial, and what may not. */
const NESTS: Readonly<Partial<Record<Nature, string>>> = { deep: nestOf(400), abyss: nestOf(3_000) };
/** Of the size of the largest partials: two of the smaller fit into one lease, of the larger they do not. No packing makes them small. */
const PADDING: Readonly<Partial<Record<Nature, string>>> = { large: noise(400_000), unmergeable: noise(500_000) };

export function partialOf(nature: Nature, chunks: readonly number[]): string {
  const list = `[${chunks.join()}]`;
  switch (nature) {
    case 'words':
      return `{"__proto__":${list},"constructor":{"prototype":"x"},"toString":null}`;
    case 'deep':
    case 'abyss':
      return `[${list},${NESTS[nature]}]`;
    case 'large':
    case 'unmergeable':
      return `{"chunks":${list},"padding":"${PADDING[nature]}"}`;
    default:
      return list;
  }
}

/** It comes again only beyond the window in which packing looks for what it has seen. */
function noise(length: number): string {
  const random = new Random(length);
  const block = Array.from({ length: 40_000 }, () => String.fromCharCode(random.whole(97, 122))).join('');
  return block.repeat(Math.ceil(length / block.length)).slice(0, length);
}

function nestOf(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}

/** The chunks of a partial that has come back as a value; throws when it is not what it was. */
export function chunksOf(nature: Nature, partial: unknown): readonly number[] {
  const own = (key: string): unknown => Object.getOwnPropertyDescriptor(partial ?? {}, key)?.value as unknown;
  let list: unknown = partial;
  let isWhole = true;
  if (nature === 'words') {
    list = own('__proto__');
    isWhole = JSON.stringify(own('constructor')) === '{"prototype":"x"}' && own('toString') === null;
  } else if (nature === 'deep' || nature === 'abyss') {
    list = own('0');
    isWhole = JSON.stringify(own('1')) === NESTS[nature];
  } else if (nature === 'large' || nature === 'unmergeable') {
    list = own('chunks');
    isWhole = own('padding') === PADDING[nature];
  }
  if (!isWhole || !Array.isArray(list))
    throw new Error(`a partial of a ${nature} job did not come through: ${JSON.stringify(partial).slice(0, 200)}`);
  return list as number[];
}
