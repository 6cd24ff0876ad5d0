/** What the partials of a job look like as JSON text, and which chunks are in one: whatever else it holds must come through untouched. */
import type { Nature } from './hostility.ts';

const DEPTH = 3_000;
const NEST = '['.repeat(DEPTH) + ']'.repeat(DEPTH);
/** Of the size of the largest partials: two of the smaller fit into one lease, of the larger they do not. */
const PADDING: Readonly<Partial<Record<Nature, string>>> = { large: 'x'.repeat(400_000), unmergeable: 'x'.repeat(500_000) };

export function partialOf(nature: Nature, chunks: readonly number[]): string {
  const list = `[${chunks.join()}]`;
  switch (nature) {
    case 'words':
      return `{"__proto__":${list},"constructor":{"prototype":"x"},"toString":null}`;
    case 'deep':
      return `[${list},${NEST}]`;
    case 'large':
    case 'unmergeable':
      return `{"chunks":${list},"padding":"${PADDING[nature]}"}`;
    default:
      return list;
  }
}

/** The chunks of a partial that has come back as a value; throws when it is not what it was. */
export function chunksOf(nature: Nature, partial: unknown): readonly number[] {
  const own = (key: string): unknown => Object.getOwnPropertyDescriptor(partial ?? {}, key)?.value as unknown;
  let list: unknown = partial;
  let isWhole = true;
  if (nature === 'words') {
    list = own('__proto__');
    isWhole = JSON.stringify(own('constructor')) === '{"prototype":"x"}' && own('toString') === null;
  } else if (nature === 'deep') {
    list = own('0');
    isWhole = JSON.stringify(own('1')) === NEST;
  } else if (nature === 'large' || nature === 'unmergeable') {
    list = own('chunks');
    isWhole = own('padding') === PADDING[nature];
  }
  if (!isWhole || !Array.isArray(list)) throw new Error(`a partial of a ${nature} job did not come through: ${JSON.stringify(partial).slice(0, 200)}`);
  return list as number[];
}
