/** Cuts what a test gives a task with `input` as a job's input is cut: into chunks of records, or parts. */
import type { SlotInput } from '../slot/slot-messages.ts';
import type { Task } from '../task.ts';

export interface GivenInput<Item = unknown> {
  /** Records as they are sent, for a task with `input`. */
  items?: readonly Item[] | undefined;
  /** For a task whose input is `bytes()`, or a file of CSV for one whose input is `table()`. */
  bytes?: Uint8Array | undefined;
  /** Chunks of a task without `input`, its own number unless given; parts that an input is cut into, 4 unless given. */
  chunks?: number | undefined;
}

const PARTS = 4;

export interface TrialInput {
  /** Chunks. */
  total: number;
  /** What a lease on the chunks `[begin, end)` gets. */
  of(begin: number, end: number): SlotInput | undefined;
}

/** Throws a sentence when the task takes an input and none is given. */
export function trialInput({ name, input, chunks: own }: Task, { items, bytes, chunks }: GivenInput): TrialInput {
  if (!input) return { total: chunks ?? own, of: () => undefined };
  if (input.form === 'bytes') {
    if (!bytes) throw new TypeError(`task ${name} takes bytes: give some as "bytes"`);
    return inParts(bytes.length, chunks, (from, to) => new Uint8Array(bytes.subarray(from, to)));
  }
  if (input.form === 'table' && bytes) return csvInParts(bytes, chunks ?? PARTS);
  if (!items) throw new TypeError(`task ${name} takes an input: give some of its records as "items"`);
  const records = items.map((item) => `${JSON.stringify(item)}\n`);
  const ndjson = (from: number, to: number): Uint8Array<ArrayBuffer> =>
    new TextEncoder().encode(records.slice(from, to).join(''));
  if (input.form !== 'items') return inParts(records.length, chunks, ndjson);
  const { batch } = input;
  const size = batch ?? 1;
  return {
    total: Math.ceil(records.length / size),
    of: (begin, end) => ({ by: 'record', pieces: [ndjson(begin * size, end * size)], ...(batch !== undefined && { batch }) }),
  };
}

function inParts(
  length: number,
  chunks: number | undefined,
  cut: (from: number, to: number) => Uint8Array<ArrayBuffer>,
): TrialInput {
  const total = Math.min(length, chunks ?? PARTS);
  const borderOf = (part: number): number => Math.floor((part * length) / total);
  return {
    total,
    of: (begin, end) => ({
      by: 'part',
      pieces: Array.from({ length: end - begin }, (_, at) => cut(borderOf(begin + at), borderOf(begin + at + 1))),
    }),
  };
}

/** Cut between records, each part with the first line: as the gateway stores a file of CSV. */
function csvInParts(bytes: Uint8Array, parts: number): TrialInput {
  const records: string[] = [];
  let record = '';
  // A record goes on while its quotes are not in pairs.
  for (const line of new TextDecoder().decode(bytes).split(/(?<=\n)/)) {
    record += line;
    if (record.split('"').length % 2 === 0) continue;
    records.push(record.endsWith('\n') ? record : `${record}\n`);
    record = '';
  }
  const [header = '', ...rows] = records;
  return inParts(rows.length, parts, (from, to) => new TextEncoder().encode(`\ufeff${header}${rows.slice(from, to).join('')}`));
}
