/**
 * Very many runs of lines as one text: columns of differences, deflated, in base 64.
 *
 * A job of which a random tenth is dead holds a run between any two of these. As JSON a run takes 130 bytes, so some thousand fill a snapshot; as columns 100,000 runs
 * of random length take 430 kB, in 100 ms.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { parseStretchId, stretchId, type HeldPartial } from '../job/held.ts';

/** Bytes of the columns, before they are deflated. */
const COLUMNS_BYTES_MAX = 64 * 1024 ** 2;

interface Columns {
  leases: string[];
  objects: string[];
  /** For each run: its lease as a difference, and its number in it, from 1; 0 where the whole lease is one. */
  lease: number[];
  index: number[];
  /** Chunks between the run before and this, and in it. */
  gap: number[];
  length: number[];
  bytes: number[];
  /** Its stored object as a difference, and the bytes between the run before and this where they are in the same object; a text has no name. */
  object: number[];
  from: number[];
  attempt: number[];
  due: number[];
}

/** Without the texts. */
export function runsJson(runs: readonly HeldPartial[]): string {
  const [leases, objects] = [new Numbered(), new Numbered()];
  const columns: Columns = {
    ...{ leases: leases.names, objects: objects.names },
    ...{ lease: [], index: [], gap: [], length: [], bytes: [], object: [], from: [], attempt: [], due: [] },
  };
  let [lease, object, end, from, attempt] = [0, 0, 0, 0, 0];
  for (const { id, span, bytes, stored, mergeAttempt, notBeforeMs = 0 } of runs) {
    const { lease: name, index = -1 } = parseStretchId(id) ?? { lease: id };
    const [leaseNow, objectNow] = [leases.of(name), objects.of(stored?.name ?? '')];
    const fromNow = stored?.from ?? 0;
    columns.lease.push(leaseNow - lease);
    columns.index.push(index + 1);
    columns.gap.push(span![0] - end);
    columns.length.push(span![1] - span![0]);
    columns.bytes.push(bytes);
    columns.object.push(objectNow - object);
    columns.from.push(fromNow - (objectNow === object ? from : 0));
    columns.attempt.push(mergeAttempt - attempt);
    columns.due.push(notBeforeMs);
    [lease, object, end, from, attempt] = [leaseNow, objectNow, span![1], fromNow + bytes, mergeAttempt];
  }
  return deflateRawSync(JSON.stringify(columns), { level: 6 }).toString('base64');
}

/** The runs, without the texts of those that are not stored. Throws on what `runsJson` never wrote. */
export function runsOf(json: string): HeldPartial[] {
  const text = inflateRawSync(Buffer.from(json, 'base64'), { maxOutputLength: COLUMNS_BYTES_MAX }).toString();
  const columns = JSON.parse(text) as Columns;
  let [lease, object, end, from, attempt] = [0, 0, 0, 0, 0];
  return columns.bytes.map((bytes, at) => {
    const before = object;
    lease += columns.lease[at]!;
    object += columns.object[at]!;
    attempt += columns.attempt[at]!;
    const [index, dueMs, name] = [columns.index[at]! - 1, columns.due[at]!, columns.objects[object]!];
    const begin = end + columns.gap[at]!;
    const start = columns.from[at]! + (object === before ? from : 0);
    end = begin + columns.length[at]!;
    from = start + bytes;
    return {
      id: index < 0 ? columns.leases[lease]! : stretchId(columns.leases[lease]!, index),
      span: [begin, end],
      ...(name !== '' && { stored: { name, from: start, bytes } }),
      bytes,
      mergeAttempt: attempt,
      ...(dueMs > 0 && { notBeforeMs: dueMs }),
    };
  });
}

/** Names, each with the number of its first use. */
class Numbered {
  readonly names: string[] = [];
  readonly #numbers = new Map<string, number>();

  of(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.names.length);
    return this.names.push(name) - 1;
  }
}
