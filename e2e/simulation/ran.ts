/**
 * What a run of a chunk returns where the answer keeps an order, or is lines: bytes that are new in each run, as a model or a clock returns them, and that show it when they are mixed with those
 * of another run.
 *
 *   chunk, run ──▶ {"chunk":3,"run":4711,"bytes":"kqzv…"}   the bytes follow from chunk and run
 */
import { Random } from './random.ts';

interface Ran {
  chunk: number;
  run: number;
  bytes: string;
}

const RUNS = 2 ** 31;
const BYTES_MAX = 60;

/** One line, ended. */
export function lineOfRun(chunk: number, random: Random): string {
  return `${JSON.stringify(ranAs(chunk, random.whole(0, RUNS)))}\n`;
}

/** JSON: what the chunks returned, in order. */
export function listOfRuns(chunks: readonly number[], random: Random): string {
  return JSON.stringify(chunks.map((chunk) => ranAs(chunk, random.whole(0, RUNS))));
}

/** The chunks of lines, in their order. Throws where a line is of no run. */
export function chunksOfLines(lines: string): number[] {
  if (lines !== '' && !lines.endsWith('\n')) throw new Error(`the last line is cut: ${lines.slice(-100)}`);
  return lines
    .split('\n')
    .slice(0, -1)
    .map((line) => chunkOf(parsed(line)));
}

/** The chunks of a list, in its order. Throws where an element is of no run. */
export function chunksOfList(list: unknown): number[] {
  if (!Array.isArray(list)) throw new Error(`a list of runs did not come through: ${JSON.stringify(list)?.slice(0, 100)}`);
  return list.map(chunkOf);
}

function chunkOf(value: unknown): number {
  const { chunk, run } = (value ?? {}) as Partial<Ran>;
  if (typeof chunk !== 'number' || typeof run !== 'number' || JSON.stringify(value) !== JSON.stringify(ranAs(chunk, run)))
    throw new Error(`no run returned this: ${JSON.stringify(value)?.slice(0, 200)}`);
  return chunk;
}

function ranAs(chunk: number, run: number): Ran {
  const random = new Random(run ^ Math.imul(chunk, 0x9e3779b1));
  const bytes = Array.from({ length: random.whole(0, BYTES_MAX) }, () => String.fromCharCode(random.whole(97, 122))).join('');
  return { chunk, run, bytes };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new Error(`no run returned this line: ${line.slice(0, 200)}`);
  }
}
