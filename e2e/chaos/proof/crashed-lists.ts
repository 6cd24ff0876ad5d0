/**
 * Processes that die between the steps of a list: part → record of the input, part → result → ack of the lines, manifest → record of the results. And the server, in the
 * middle of it all. Whatever dies, a client that maps gets a line for each item, whole, in order and once, although each run of an item returns other bytes.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { createClient } from '@manyhands/sdk';
import { pidWhenUp, signal } from '../fault/torment.ts';
import { crashEnv, NO_CRASH_ENV } from '../system/preloaded.ts';
import { lastWords, LIST_POINTS, readCrashPoint, type CrashPoint } from '../tap/crash-points.ts';
import { prove, tellProof, type Proof, type Verdict } from './proof-system.ts';

export interface ListsSize {
  points: readonly CrashPoint[];
  /** How often the server dies. */
  serverKills: number;
  items: number;
  /** Of a line. */
  bytes: number;
}

/** Lines of a lease fill more than a part. */
export const LISTS: ListsSize = { points: LIST_POINTS, serverKills: 5, items: 400, bytes: 10_000 };
export const LISTS_SHORT: ListsSize = {
  ...LISTS,
  points: ['after-input-part', 'after-lines-part', 'before-lines-result', 'after-manifest', 'before-results-record'],
  serverKills: 1,
};

interface Walked {
  point: string;
  /** Whether the process died there. */
  crashed: boolean;
  lists: number;
  /** Of all lists; a sentence each. */
  wrong: readonly string[];
}

export interface ListsRun {
  walked: readonly Walked[];
}

/** Lists until one passes the point. */
const listsMax = 5;
const listWithinMs = 120_000;

export function runLists(size: ListsSize, seed: number, folder: string, say: (line: string) => void): Promise<Verdict<ListsRun>> {
  const processes = { gateways: 1, coordinators: 1, computes: 1, slots: 2 };
  return prove('crashed-lists', processes, seed, folder, (proof) => go(proof, size, say), listsBreak);
}

async function go(proof: Proof, size: ListsSize, say: (line: string) => void): Promise<ListsRun> {
  const walked: Walked[] = [];
  const note = (one: Walked): void => {
    walked.push(one);
    say(`crashed-lists: ${one.point} ${one.crashed ? 'passed' : 'NOT passed'}, ${one.lists} lists, ${one.wrong.length} wrong`);
  };
  for (const point of size.points) note(await walk(proof, size, point));
  for (let kill = 0; kill < size.serverKills; kill += 1) note(await killServer(proof, size));
  return { walked };
}

async function walk({ system, gateways }: Proof, size: ListsSize, point: CrashPoint): Promise<Walked> {
  const process = `${readCrashPoint(point).step.service}-1`;
  let crashed = false;
  const unhear = system.onPrinted((name, line) => {
    if (name !== process || line !== lastWords(point)) return;
    crashed = true;
    system.tell(process, NO_CRASH_ENV);
  });
  system.tell(process, crashEnv(point));
  signal(await pidWhenUp(system, process), 'SIGKILL');
  const wrong: string[] = [];
  let lists = 0;
  do {
    lists += 1;
    wrong.push(...(await oneList(gateways[0]!, size)));
  } while (!crashed && lists < listsMax);
  unhear();
  if (!crashed) {
    system.tell(process, NO_CRASH_ENV);
    signal(await pidWhenUp(system, process), 'SIGKILL');
  }
  return { point, crashed, lists, wrong };
}

async function killServer({ system, gateways, random }: Proof, size: ListsSize): Promise<Walked> {
  const list = oneList(gateways[0]!, size);
  await wait(random.whole(100, 1_500));
  signal(await pidWhenUp(system, system.servers[0]!), 'SIGKILL');
  return { point: 'the server', crashed: true, lists: 1, wrong: await list };
}

/** Maps one list, and states what is wrong with its lines. */
async function oneList(baseUrl: string, { items, bytes }: ListsSize): Promise<string[]> {
  // A gateway was away for 43 s where all cores were busy.
  const client = createClient({ baseUrl, retryMs: 2_000, retryMsMax: 20_000 });
  const wrong: string[] = [];
  let index = 0;
  try {
    const signal = AbortSignal.timeout(listWithinMs);
    const list = Array.from({ length: items }, (_, item) => item);
    for await (const line of client.map<Noisy>('noisy', list, { bytes }, { signal })) {
      const flaw = line.error?.message ?? (line.index === index ? lineFlaw(line.output!, index) : `it is line ${line.index}`);
      if (flaw !== undefined) wrong.push(`item ${index}: ${flaw}`);
      index += 1;
    }
  } catch (error) {
    wrong.push(`the list ended with ${String(error)}`);
  }
  if (wrong.length === 0 && index !== items) wrong.push(`${index} lines of ${items} items`);
  return wrong;
}

interface Noisy {
  readonly example: { bytes: number };
  readonly input?: { readonly '~types'?: { readonly item: number } };
  compute(input: never, context: never): string;
}

/** What is wrong with the line of an item; undefined when all of it is of one run of that item. Pure. */
export function lineFlaw(line: string, item: number): string | undefined {
  const pieces = line.split(';');
  const rest = pieces.pop();
  if (rest !== '' || pieces.length === 0) return 'it is cut off';
  if (!pieces.every((piece) => piece.startsWith(`${item}:`))) return 'it has bytes of another item';
  return pieces.every((piece) => piece === pieces[0]) ? undefined : 'it has bytes of two runs';
}

/** Pure. */
export function listsBreak({ walked }: ListsRun): string[] {
  return [
    ...(walked.length > 0 ? [] : ['nothing was tried']),
    ...walked.filter(({ crashed }) => !crashed).map(({ point }) => `no process passed ${point}`),
    ...walked.flatMap(({ point, wrong }) => wrong.slice(0, 5).map((what) => `${point}: ${what}`)),
  ];
}

export function tellLists(verdict: Verdict<ListsRun>): number {
  const { walked } = verdict.run;
  return tellProof(
    'crashed-lists',
    'whatever dies, a list has a line for each item, whole, in order and once',
    `${walked.length} deaths, ${walked.reduce((sum, { lists }) => sum + lists, 0)} lists`,
    verdict,
  );
}
