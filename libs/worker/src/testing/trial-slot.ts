/** Runs leases of one task in this thread, as a slot's thread does. */
import { readFileSync } from 'node:fs';
import { limits } from '@manyhands/proto';
import type { Task } from '../task.ts';
import type { CellStore } from '../slot/cell-store.ts';
import { SharedCells } from '../slot/cell-store.ts';
import type { KernelTools } from '../slot/kernel-context.ts';
import { Filing } from '../slot/filing.ts';
import { textOf } from '../slot/line-text.ts';
import { LogLines } from '../slot/log-lines.ts';
import { checkRate } from '../slot/pace-rate.ts';
import { RunAborts } from '../slot/run-aborts.ts';
import { runTask } from '../slot/run-task.ts';
import { Secrets } from '../slot/secrets.ts';
import { SLOT_BOUNDS } from '../slot/slot-bounds.ts';
import { SlotCells } from '../slot/slot-cells.ts';
import type { FilePiece, LineSegment, RunLeft, RunOutcome, SlotTask } from '../slot/slot-messages.ts';
import type { TrialInput } from './trial-input.ts';

const TRIAL_JOB = 'trial';
/** One slot alone never exceeds a rate by much. */
const AT_ONCE: KernelTools['pacing'] = { wait: async ({ name, rate }) => checkRate(name, rate) };

/** What a lease left: a partial as JSON, or lines with their segments. */
export interface Left {
  begin: number;
  json: string;
  segments: readonly LineSegment[];
}

/** A partial as JSON, or lines as NDJSON; undefined when all its chunks failed. */
export function jsonOf({ partial, text, bytes }: Pick<RunLeft, 'partial' | 'text' | 'bytes'>): string | undefined {
  return partial ?? text ?? (bytes && new TextDecoder().decode(bytes));
}

export class TrialSlot {
  readonly log: string[] = [];
  /** By their name: what the newest run of a chunk left. */
  readonly files = new Map<string, { type: string; bytes: Uint8Array }>();
  readonly #pieces = new Map<number, Uint8Array[]>();
  readonly #filing = new Filing((piece) => this.#take(piece));
  readonly #task: Task;
  readonly #input: TrialInput;
  readonly #params: unknown;
  readonly #secrets: Secrets;
  readonly #lines: LogLines;

  constructor(
    task: Task,
    params: unknown,
    { input, secrets = {} }: { input: TrialInput; secrets?: Readonly<Record<string, string>> | undefined },
  ) {
    this.#task = task;
    this.#input = input;
    // As it comes over the wire.
    this.#params = JSON.parse(JSON.stringify(params)) as unknown;
    this.#secrets = new Secrets({ ...process.env, ...secrets });
    this.#lines = new LogLines(
      (line) => void this.log.push(textOf(line)),
      (text) => this.#secrets.mask(text),
    );
  }

  /** The chunks `[begin, end)`. */
  async compute(begin: number, end: number, attempt = 1): Promise<RunOutcome> {
    return this.#run(this.#span(begin, end, attempt));
  }

  /** Partials as JSON text, which every lease reads again. */
  async merge(partials: readonly string[], last = false): Promise<RunOutcome> {
    return this.#run({ op: 'merge', partials: partials.map((text) => JSON.parse(text) as unknown), ...(last && { last }) });
  }

  /**
   * Computes one chunk that is cancelled after `abortMs`, and returns how long it went on after that; undefined when it was over before. The time in which other programs
   * had the cores is not counted: a chunk that stopped at once was taken for one that is deaf.
   */
  async computeAborted(index: number, abortMs: number, patienceMs: number): Promise<number | undefined> {
    const waitedBeforeMs = waitedForCoreMs();
    const abortAtMs = performance.now() + abortMs;
    const cells = new SlotCells(new CellsThatCancel(abortAtMs));
    const aborts = new RunAborts(cells);
    aborts.begin(1);
    const { promise: late, resolve } = Promise.withResolvers<'late'>();
    let patience: NodeJS.Timeout | undefined;
    const timer = setTimeout(() => {
      aborts.abort();
      patience = setTimeout(() => resolve('late'), patienceMs);
    }, abortMs);
    const task = this.#span(index, index + 1, 1);
    let first: unknown;
    try {
      first = await Promise.race([this.#start(task, cells, aborts), late]);
    } finally {
      clearTimeout(timer);
      clearTimeout(patience);
    }
    const overAtMs = performance.now();
    if (overAtMs < abortAtMs) return undefined;
    return first === 'late' ? patienceMs : Math.max(0, overAtMs - abortAtMs - (waitedForCoreMs() - waitedBeforeMs));
  }

  #span(begin: number, end: number, attempt: number): SlotTask {
    const { merge, ordered } = this.#task;
    const output = merge === undefined ? 'lines' : ordered ? 'ordered' : undefined;
    const input = this.#input.of(begin, end);
    const { total } = this.#input;
    return { op: 'compute', begin, end, total, attempt, jobId: TRIAL_JOB, ...(output && { output }), ...(input && { input }) };
  }

  async #run(task: SlotTask): Promise<RunOutcome> {
    const cells = new SlotCells();
    const aborts = new RunAborts(cells);
    aborts.begin(1);
    const outcome = await this.#start(task, cells, aborts);
    return this.#secrets.maskOutcome(outcome);
  }

  #take({ id, chunk, name, type, bytes, last }: FilePiece): void {
    const pieces = [...(this.#pieces.get(id) ?? []), bytes];
    this.#pieces.set(id, pieces);
    if (last) {
      this.#pieces.delete(id);
      this.files.set(`${chunk}-${name}`, { type, bytes: Buffer.concat(pieces) });
    }
    this.#filing.filed(id, undefined);
  }

  #start(task: SlotTask, cells: SlotCells, aborts: RunAborts): RunOutcome | Promise<RunOutcome> {
    const tools = { log: this.#lines, secrets: this.#secrets, pacing: AT_ONCE, filing: this.#filing };
    const softLimitSec = this.#task.softLimitSec ?? limits.softLimitSec;
    return runTask(this.#task, { run: 1, params: this.#params, task, cells, aborts, softLimitSec, bounds: SLOT_BOUNDS, tools });
  }
}

/** The run is cancelled from a time on, also in the middle of task code that never frees the thread. */
class CellsThatCancel implements CellStore {
  readonly #cells = new SharedCells();
  readonly #atMs: number;

  constructor(atMs: number) {
    this.#atMs = atMs;
  }

  load(cell: number): number {
    if (cell === CANCELLED_RUN_CELL && performance.now() >= this.#atMs) return 1;
    return this.#cells.load(cell);
  }

  store(cell: number, value: number): void {
    this.#cells.store(cell, value);
  }
}

/** Milliseconds in which this thread could run and had no core; 0 where that is not known (other systems than Linux). */
function waitedForCoreMs(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}

/** Where `SlotCells` keeps the number of a run that is cancelled. */
const CANCELLED_RUN_CELL = 1;
