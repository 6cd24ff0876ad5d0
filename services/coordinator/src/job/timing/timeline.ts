/**
 * Which slot was busy when: a row for each slot, cut into stretches of one width. As the job grows older the stretches grow wider, two become one.
 *
 * Invariant: at most `ROWS_MAX` rows of at most `STRETCHES_MAX` stretches; the milliseconds of a row add up to what its slot was busy. Slots for which there is no row left
 * share the last one.
 */
export interface SlotRow {
  worker: string;
  slot: number;
  chunks: number;
  /** Milliseconds busy, by stretch. */
  busy: readonly number[];
}

export interface Timeline {
  /** Milliseconds of a stretch. */
  width: number;
  rows: readonly SlotRow[];
}

export const ROWS_MAX = 24;
export const STRETCHES_MAX = 60;
const WIDTH_AT_START = 4;
/** Of the row that several slots share. */
export const OTHER_SLOTS = 'others';

export const NO_TIMELINE: Timeline = { width: WIDTH_AT_START, rows: [] };

/** A slot was busy from then to then, with `end - begin` chunks if it computed. */
export function withBusy(
  given: Timeline,
  time: { op: 'compute' | 'merge'; worker: string; slot: number; begin: number; end: number },
  from: number,
  to: number,
): Timeline {
  let line = given;
  while (to > line.width * STRETCHES_MAX) line = widened(line);
  const chunks = time.op === 'compute' ? time.end - time.begin : 0;
  const isOf = (row: SlotRow): boolean => row.worker === time.worker && row.slot === time.slot;
  const found = line.rows.findIndex(isOf);
  if (found >= 0)
    return { ...line, rows: line.rows.map((row, at) => (at === found ? grown(row, line.width, from, to, chunks) : row)) };
  if (line.rows.length < ROWS_MAX) {
    const { worker, slot } = time;
    return { ...line, rows: [...line.rows, grown({ worker, slot, chunks: 0, busy: [] }, line.width, from, to, chunks)] };
  }
  const shared: SlotRow = { ...line.rows.at(-1)!, worker: OTHER_SLOTS, slot: 0 };
  return { ...line, rows: [...line.rows.slice(0, -1), grown(shared, line.width, from, to, chunks)] };
}

function grown(row: SlotRow, width: number, from: number, to: number, chunks: number): SlotRow {
  const busy = [...row.busy];
  for (let at = Math.floor(from / width); at * width < to; at += 1) {
    while (busy.length <= at) busy.push(0);
    busy[at]! += Math.min(to, (at + 1) * width) - Math.max(from, at * width);
  }
  return { ...row, chunks: row.chunks + chunks, busy };
}

function widened({ width, rows }: Timeline): Timeline {
  return {
    width: width * 2,
    rows: rows.map((row) => ({
      ...row,
      busy: Array.from({ length: Math.ceil(row.busy.length / 2) }, (_, at) => row.busy[2 * at]! + (row.busy[2 * at + 1] ?? 0)),
    })),
  };
}
