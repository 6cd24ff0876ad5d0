/** Runs leases of one task in this thread, as a slot's thread does. */
import { limits } from '@manyhands/proto';
import type { Task } from '../task.ts';
import type { CellStore } from '../slot/cell-store.ts';
import { SharedCells } from '../slot/cell-store.ts';
import type { KernelTools } from '../slot/kernel-context.ts';
import { LogLines, textOf } from '../slot/log-lines.ts';
import { checkRate } from '../slot/pacing.ts';
import { RunAborts } from '../slot/run-aborts.ts';
import { runTask } from '../slot/run-task.ts';
import { Secrets } from '../slot/secrets.ts';
import { SLOT_BOUNDS } from '../slot/slot-bounds.ts';
import { SlotCells } from '../slot/slot-cells.ts';
import type { LineSegment, RunLeft, RunOutcome, SlotTask } from '../slot/slot-messages.ts';
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

  /** Computes one chunk that is cancelled after `abortMs`, and returns how long it went on after that; undefined when it was over before. */
  async computeAborted(index: number, abortMs: number, patienceMs: number): Promise<number | undefined> {
    const abortAtMs = performance.now() + abortMs;
    const cells = new SlotCells(new CellsThatCancel(abortAtMs));
    const aborts = new RunAborts(cells);
    aborts.begin(1);
    const timer = setTimeout(() => aborts.abort(), abortMs);
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const giveUp = setTimeout(resolve, abortMs + patienceMs);
    const task = this.#span(index, index + 1, 1);
    try {
      await Promise.race([this.#start(task, cells, aborts), late]);
    } finally {
      clearTimeout(timer);
      clearTimeout(giveUp);
    }
    const overAtMs = performance.now();
    return overAtMs < abortAtMs ? undefined : overAtMs - abortAtMs;
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

  #start(task: SlotTask, cells: SlotCells, aborts: RunAborts): RunOutcome | Promise<RunOutcome> {
    const tools = { log: this.#lines, secrets: this.#secrets, pacing: AT_ONCE };
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

/** Where `SlotCells` keeps the number of a run that is cancelled. */
const CANCELLED_RUN_CELL = 1;
