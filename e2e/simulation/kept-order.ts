/** What computing and merging come to where a job has an `output`: its answer keeps an order, or is lines. */
import type { Random } from './random.ts';
import { chunksOfList, lineOfRun, listOfRuns } from './ran.ts';

/** How a job of such a kind is. */
export interface KeptOrder {
  output: 'ordered' | 'lines';
  /** The task code has a last word on the answer, which no merge may come after. */
  finish: boolean;
  /** How often what a run leaves is stored in parts, as what is large is. */
  stored: number;
  /** Runs of lines that are held before they are joined. */
  runsMax: number;
}

/** What a run leaves, as a slot does. */
export interface Left {
  partial?: string;
  text?: string;
  bytes?: Uint8Array<ArrayBuffer>;
  segments?: [begin: number, end: number, bytes: number][];
}

/** What an answer is called of which task code had the last word. */
const FINISHED = 'finished';

const utf8 = new TextEncoder();

export function keptOrderOf(random: Random): KeptOrder {
  const output = random.one(['ordered', 'lines'] as const);
  return {
    output,
    finish: output === 'ordered' && random.chance(0.3),
    stored: random.one([0, 0.5, 1, 1]),
    runsMax: random.one([0, 3, 512]),
  };
}

/** Of chunks that were computed, in order. */
export function leftOf({ output, stored }: KeptOrder, chunks: readonly number[], random: Random): Left {
  if (output === 'ordered') return left('partial', listOfRuns(chunks, random), random.chance(stored));
  const segments: NonNullable<Left['segments']> = [];
  let text = '';
  for (const chunk of chunks) {
    const line = lineOfRun(chunk, random);
    const last = segments.at(-1);
    if (last?.[1] === chunk) segments[segments.length - 1] = [last[0], chunk + 1, last[2] + line.length];
    else segments.push([chunk, chunk + 1, line.length]);
    text += line;
  }
  return { ...left('text', text, random.chance(stored)), segments };
}

/** Of partials, each a value, or JSON bytes where it was stored. Throws where one is not what a run left. */
export function mergedInOrder(job: KeptOrder, partials: readonly unknown[], isLast: boolean, random: Random): Left {
  const lists = partials.map((partial) =>
    partial instanceof Uint8Array ? (JSON.parse(new TextDecoder().decode(partial)) as unknown) : partial,
  );
  for (const list of lists) chunksOfList(list);
  const list = lists.flat();
  return left('partial', JSON.stringify(isLast ? { [FINISHED]: list } : list), random.chance(job.stored));
}

/** The chunks in an answer, in its order. Throws where it is not what runs left, or was finished twice, or not at all. */
export function chunksOfAnswer({ finish }: KeptOrder, answer: unknown): number[] {
  return chunksOfList(finish ? (answer as Record<string, unknown> | null)?.[FINISHED] : answer);
}

function left(where: 'partial' | 'text', content: string, isStored: boolean): Left {
  return isStored ? { bytes: utf8.encode(content) } : { [where]: content };
}
