/**
 * Copies dead letters, or the lines of logs, from their stream into history, so that they are kept as long as the job they belong to.
 *
 *   waiting ──`restMs`──▶ looking ──there is more──▶ looking          looking ──the end, or it cannot be written──▶ waiting
 *
 * Invariant: rows and the position in the stream are committed together, so that whatever ends in the middle, each is written once. What leaves the stream
 * before it is looked at is not in history: an operator's discard, the oldest lines of a log that is too long.
 */
import { lastSequenceOf, readPage } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { DeadChunk, decode, deadSubjects, ifReadable, logSubjects, LogLine } from '@manyhands/proto';
import { RECORDS, type History, type RecordTable, type StoredRecord } from './history.ts';

const FILTERS = { failures: deadSubjects.allChunks, logs: logSubjects.all } as const;
const pageSize = 500;

export class RecordCopy {
  readonly #broker: Broker;
  readonly #history: History;
  readonly #table: RecordTable;

  constructor(broker: Broker, history: History, table: RecordTable) {
    this.#broker = broker;
    this.#history = history;
    this.#table = table;
  }

  /** Copies what is new, a page at most. Returns whether there may be more. */
  async copySome(): Promise<boolean> {
    const { stream } = RECORDS[this.#table];
    const after = await this.#history.position(stream);
    const messages = await readPage(this.#broker, stream, FILTERS[this.#table], { afterSequence: after, count: pageSize });
    const last = messages.at(-1);
    if (last !== undefined) {
      const records = messages.map((message) => recordOf(this.#table, message)).filter((record) => record !== undefined);
      await this.#history.keep(this.#table, records, last.sequence);
      return messages.length === pageSize;
    }
    // A position beyond the end is of another stream under the same name.
    if (after === 0 || after <= (await lastSequenceOf(this.#broker, stream))) return false;
    await this.#history.rewind(stream);
    return true;
  }
}

/** `log.<tenant>.<job>` and `dead.chunk.<tenant>.<job>.…` name whose they are. What this release cannot read is left out. */
function recordOf(
  table: RecordTable,
  { subject, sequence, data }: { subject: string; sequence: number; data: Uint8Array },
): StoredRecord | undefined {
  const [tenant, jobId] = subject.replace(/^(log|dead\.chunk)\./, '').split('.');
  const value = ifReadable<object>(() => decode(table === 'logs' ? LogLine : DeadChunk, data));
  if (tenant === undefined || jobId === undefined || value === undefined) return undefined;
  return { tenant, jobId, sequence, text: JSON.stringify(value) };
}
