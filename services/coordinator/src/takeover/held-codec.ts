/**
 * The partials of a job as JSON: what is stored elsewhere as where it is, and the text of as many as fit, smallest first. A text that does not fit is read again from
 * the mailbox, where it is part of the result it came with.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { limits, type SubmitJob } from '@manyhands/proto';
import type { HeldPartial } from '../job/held.ts';
import { runsJson, runsOf } from './run-codec.ts';

/** Characters of partials that are packed for one snapshot, when they do not fit as they are. */
const PACKED_MAX = 2 * limits.partialBytesMax;
/** Partials read at a time. */
const READS_MAX = 16;
/** Runs of lines beyond which they are written as columns. */
const RUNS_MAX = 500;

/** Reads the partial of a job that was stored under this id, as JSON text, or lines; undefined when it is stored no more. */
export type ReadPartial = (jobId: string, partialId: string) => Promise<string | undefined>;

export interface PartialJson extends Omit<HeldPartial, 'partial' | 'text' | 'mergeAttempt'> {
  mergeAttempt?: number;
  /** JSON text, or lines. */
  partial?: string;
  /** Deflated, in base 64. */
  packed?: string;
}

export interface HeldJson {
  partials: readonly PartialJson[];
  /** All partials instead, when they are very many runs of lines. */
  runs?: string;
}

type Text = { partial: string } | { packed: string };

/** Without any text. */
export function bareHeldJson(held: readonly HeldPartial[], { output }: Pick<SubmitJob, 'output'>): HeldJson {
  return output === 'lines' && held.length > RUNS_MAX ? { partials: [], runs: runsJson(held) } : { partials: held.map(leftOut) };
}

/** `bare` with the text of as many partials as fit into `room` bytes; very many runs of lines leave theirs to the mailbox. */
export function filledHeldJson(bare: HeldJson, held: readonly HeldPartial[], room: number): HeldJson {
  if (bare.runs !== undefined) return bare;
  const texts = new Map<HeldPartial, Text>();
  let bytes = 0;
  let packable = PACKED_MAX;
  const keep = (one: HeldPartial, text: Text): boolean => {
    // Its field, and the comma before it.
    const size = Buffer.byteLength(JSON.stringify(text)) - 1;
    if (bytes + size > room) return false;
    bytes += size;
    texts.set(one, text);
    return true;
  };
  for (const one of held.filter(({ stored }) => stored === undefined).sort((a, b) => a.bytes - b.bytes)) {
    const text = one.partial ?? one.text!;
    if (bytes + one.bytes <= room && keep(one, { partial: text })) continue;
    if (one.bytes > packable) break;
    packable -= one.bytes;
    keep(one, { packed: deflateRawSync(text, { level: 1 }).toString('base64') });
  }
  return { partials: bare.partials.map((json, index) => ({ ...json, ...texts.get(held[index]!) })) };
}

/** Whether some of them have to be read from the mailbox. */
export function leavesTextsOut({ partials, runs }: HeldJson): boolean {
  return (
    partials.some(({ partial, packed, stored }) => partial === undefined && packed === undefined && stored === undefined) ||
    (runs !== undefined && runsOf(runs).some(({ stored }) => stored === undefined))
  );
}

/** Undefined where a text is found nowhere. */
export async function heldFromJson(
  { partials, runs }: HeldJson,
  { job_id: jobId, output }: Pick<SubmitJob, 'job_id' | 'output'>,
  readPartial: ReadPartial,
): Promise<(HeldPartial | undefined)[]> {
  const stored: readonly PartialJson[] = runs === undefined ? partials : runsOf(runs);
  const held: (HeldPartial | undefined)[] = [];
  const read = async ({ partial, packed, mergeAttempt = 0, ...one }: PartialJson): Promise<HeldPartial | undefined> => {
    if (one.stored !== undefined) return { ...one, mergeAttempt };
    const text =
      partial ??
      (packed === undefined
        ? await readPartial(jobId, one.id)
        : inflateRawSync(Buffer.from(packed, 'base64'), { maxOutputLength: one.bytes }).toString());
    if (text === undefined) return undefined;
    return { ...one, ...(output === 'lines' ? { text } : { partial: text }), mergeAttempt };
  };
  for (let from = 0; from < stored.length; from += READS_MAX) {
    held.push(...(await Promise.all(stored.slice(from, from + READS_MAX).map(read))));
  }
  return held;
}

function leftOut({ partial: _partial, text: _text, mergeAttempt, ...rest }: HeldPartial): PartialJson {
  return mergeAttempt === 0 ? rest : { ...rest, mergeAttempt };
}
