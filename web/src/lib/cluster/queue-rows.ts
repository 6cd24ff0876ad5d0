/** Queues as a person reads them: a row for each kind, its lanes beside each other, kinds with nothing to do apart. Pure. */
import type { Lane, QueueDepth } from '@manyhands/proto';
import { alphabetical } from '../alphabetical.ts';

type Depth = Pick<QueueDepth, 'waiting' | 'in_flight'>;

export interface QueueRow {
  kind: string;
  lanes: Partial<Record<Lane, Depth>>;
  /** Of all lanes. */
  waiting: number;
  inFlight: number;
  redelivered: number;
}

export function queueRows(queues: readonly QueueDepth[]): { busy: QueueRow[]; idle: QueueRow[] } {
  const byKind = new Map<string, QueueRow>();
  for (const { kind, lane, waiting, in_flight, redelivered } of queues) {
    const row = byKind.get(kind) ?? { kind, lanes: {}, waiting: 0, inFlight: 0, redelivered: 0 };
    row.lanes[lane] = { waiting, in_flight };
    row.waiting += waiting;
    row.inFlight += in_flight;
    row.redelivered += redelivered;
    byKind.set(kind, row);
  }
  const rows = [...byKind.values()].sort((a, b) => alphabetical(a.kind, b.kind));
  const isBusy = (row: QueueRow) => row.waiting + row.inFlight + row.redelivered > 0;
  return { busy: rows.filter(isBusy), idle: rows.filter((row) => !isBusy(row)) };
}
