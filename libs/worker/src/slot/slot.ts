/**
 * One unit of concurrency: a thread (or a process, see `slot-host.ts`), and what to do when it dies or hangs.
 *
 *   starting ──ready──▶ idle ──run──▶ busy ──over──▶ idle
 *   busy ──yield──▶ busy ──over, with chunks left──▶ idle
 *   busy ──cancel──▶ stopping ──over──▶ idle         stopping ──250 ms──▶ (terminated) starting
 *   busy ──hard limit──▶ (terminated) starting
 *   idle | busy | stopping ──thread died──▶ starting (later each time it dies again)      any ──close──▶ closed
 *
 * Invariant: `run` resolves exactly once, whatever becomes of the thread: with `crashed` when it died, with `cancelled` when it was
 * stopped, by itself or by force. The event loop of the process never waits for the task code.
 */
import type { FileSink } from '../file/file-desk.ts';
import type { PaceWait } from '../pace/pace-desk.ts';
import { kernelError } from './kernel-error.ts';
import { PacedWaits } from './paced-waits.ts';
import { RunClock } from './run-clock.ts';
import { SlotCells } from './slot-cells.ts';
import type { SlotHost, SlotHosts } from './slot-host.ts';
import type {
  FilePiece,
  KernelError,
  KindCard,
  KindModule,
  LogLine,
  PaceAsk,
  RunOutcome,
  SlotBounds,
  SlotTask,
  ThreadReport,
} from './slot-messages.ts';
import { SLOT_MEMORY_MB, ThreadHosts } from './slot-thread.ts';

export type SlotState = 'starting' | 'idle' | 'busy' | 'stopping' | 'closed';
export type SlotOutcome =
  | RunOutcome
  /** The thread ended by itself, `done` chunks into its span. */
  | { is: 'crashed'; reason: string; done: number }
  /** The thread was ended because one chunk, `done` chunks into its span, would not stop at its hard limit. */
  | { is: 'overran'; done: number };

/** How long one chunk (or a merge) may run: asked to stop at the soft limit, ended with its thread at the hard one. */
export interface TimeLimits {
  softLimitMs: number;
  hardLimitMs: number;
}

export interface SlotOptions {
  index: number;
  kindModules: readonly KindModule[];
  bounds: SlotBounds;
  /** Megabytes of JavaScript objects the task code may hold. */
  memoryMb?: number;
  /** Threads, unless given. */
  hosts?: SlotHosts;
  /** Milliseconds a cancelled run has to stop by itself. */
  stopWithinMs?: number;
  /** Called each time the slot becomes idle. */
  idle: () => void;
  /** Called when the thread died, with the reason. */
  died?: (reason: string) => void;
  /** Called with each line its task code logs; `isOfRun`: the present run's. */
  logged?: (line: LogLine, isOfRun: boolean) => void;
  /** Waits for a turn under a rate; without it every call has its turn at once. */
  pace?: PaceWait;
  /** Stores files of task code; without it there are none. */
  files?: FileSink;
}

const NO_FILES: KernelError | undefined = { code: 'compute_failed', message: 'file: its run is over; await it', retryable: true };
const STOP_WITHIN_MS = 250;
const RESPAWN_MS_FIRST = 50;
const RESPAWN_MS_MAX = 5_000;

export class Slot {
  readonly index: number;
  readonly #options: SlotOptions;
  readonly #hosts: SlotHosts;
  readonly #cells: SlotCells;
  #host: SlotHost | undefined;
  #state: SlotState = 'starting';
  #run = 0;
  #resolve: ((outcome: SlotOutcome) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #deathsInARow = 0;
  #timeLimits: TimeLimits = { softLimitMs: Infinity, hardLimitMs: Infinity };
  readonly #clock = new RunClock();
  readonly #paced: PacedWaits;
  /** The chunk that was asked to stop, by how many were over before it. */
  #overdueAfter: number | undefined;

  constructor(options: SlotOptions) {
    this.index = options.index;
    this.#options = options;
    this.#hosts = options.hosts ?? new ThreadHosts();
    this.#cells = new SlotCells(this.#hosts.cells);
    this.#paced = new PacedWaits(options.pace, this.#clock);
  }

  get state(): SlotState {
    return this.#state;
  }

  /** Chunks of the present run that are over. */
  get done(): number {
    return this.#cells.done;
  }

  /** How much of the chunk at hand is done, from 0 to 1, as far as its task code states. */
  get share(): number {
    return this.#cells.share;
  }

  /** Starts the thread. Resolves with the kinds it knows; rejects when it cannot load them. */
  async start(): Promise<KindCard[]> {
    return new Promise((resolve, reject) => this.#spawn(resolve, reject));
  }

  /** Only while idle. */
  async run(kind: string, params: unknown, task: SlotTask, timeLimits: TimeLimits): Promise<SlotOutcome> {
    if (this.#state !== 'idle') throw new Error(`slot ${this.index} is ${this.#state}, not idle`);
    this.#state = 'busy';
    this.#run += 1;
    this.#cells.done = 0;
    this.#timeLimits = timeLimits;
    this.#overdueAfter = undefined;
    this.#clock.begin(performance.now());
    return new Promise((resolve) => {
      this.#resolve = resolve;
      try {
        const softLimitSec = timeLimits.softLimitMs / 1000;
        this.#host?.tell({ do: 'run', run: this.#run, kind, params, task, softLimitSec }, buffersOf(task));
      } catch (error) {
        // Nested too deep to be copied into the thread: forever, wherever it is tried.
        const message = `the parameters or partials cannot be given to a slot: ${kernelError(error).message}`;
        queueMicrotask(() =>
          this.#over(this.#run, { is: 'failed', error: { code: 'compute_refused', message, retryable: false } }),
        );
      }
    });
  }

  /** Asks the present run to stop, and ends the thread when it has not within `stopWithinMs`. */
  cancel(): void {
    if (this.#state !== 'busy') return;
    this.#state = 'stopping';
    this.#paced.end();
    this.#cells.cancel(this.#run);
    this.#host?.tell({ do: 'cancel', run: this.#run });
    this.#timer = setTimeout(() => this.#replace({ is: 'cancelled' }), this.#options.stopWithinMs ?? STOP_WITHIN_MS);
  }

  /** Asks the present run to end at the border of a chunk once it has computed for `afterMs`, and to hand back the rest. */
  yield(afterMs: number): void {
    if (this.#state === 'busy') this.#cells.yield(this.#run, afterMs);
  }

  /** Looks how long the present chunk has run. To be called several times a second: the limits hold to within one call. */
  watch(nowMs: number): void {
    if (this.#state !== 'busy') return;
    const done = this.#cells.done;
    const ranMs = this.#clock.ranMs(done, nowMs);
    this.#paced.end(done);
    if (ranMs >= this.#timeLimits.hardLimitMs) return this.#replace({ is: 'overran', done });
    if (ranMs < this.#timeLimits.softLimitMs || this.#overdueAfter === done) return;
    this.#overdueAfter = done;
    this.#cells.overdue(this.#run, done);
    this.#host?.tell({ do: 'overdue', run: this.#run });
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    const host = this.#forgetHost();
    this.#settle({ is: 'cancelled' });
    await host?.end();
    this.#hosts.close();
  }

  #spawn(started?: (kinds: KindCard[]) => void, failed?: (error: Error) => void): void {
    const { kindModules, bounds, memoryMb = SLOT_MEMORY_MB } = this.#options;
    let known: string | undefined;
    let refuse = failed;
    let host: SlotHost | undefined;
    const heard = (report: ThreadReport): void => {
      if (host === undefined || host !== this.#host) return;
      if (report.is === 'over') return this.#over(report.run, report.outcome, report.changed);
      if (report.is === 'logged')
        return this.#options.logged?.(report.line, this.#resolve !== undefined && report.run === this.#run);
      if (report.is === 'pacing') return this.#pace(report.ask, host);
      if (report.is === 'filing') return void this.#file(report.piece, host);
      if (report.is === 'ready') {
        refuse = undefined;
        started?.(report.kinds);
        return this.#becomeIdle();
      }
      if (report.is !== 'broken') return;
      known = report.message;
      if (refuse) {
        refuse(new Error(`cannot load the task kinds: ${report.message}`));
        void this.close();
      }
    };
    const ended = (reason: string): void => {
      if (host !== this.#host) return;
      refuse?.(new Error(`the slot's thread ended before it was ready: ${known ?? reason}`));
      this.#died(known ?? reason);
    };
    try {
      this.#host = host = this.#hosts.open({ kindModules, bounds, memoryMb }, { report: heard, ended });
    } catch (error) {
      // No memory, or as many threads as the system allows.
      ended(`none could be started: ${kernelError(error).message}`);
    }
  }

  #pace(ask: PaceAsk, host: SlotHost): void {
    if (ask.run === this.#run && this.#state === 'busy') void this.#paced.open(ask, (command) => host.tell(command));
    else host.tell({ do: 'paced', run: ask.run, id: ask.id });
  }

  /** The clock of its chunk stands: a store that is full is waited for. */
  async #file(piece: FilePiece, host: SlotHost): Promise<void> {
    const { run, id, done } = piece;
    let error = NO_FILES;
    if (run === this.#run && this.#resolve !== undefined && this.#options.files) {
      this.#clock.pause(done, performance.now());
      error = await this.#options.files.put(piece);
      if (run === this.#run) this.#clock.resume(done, performance.now());
    }
    host.tell({ do: 'filed', run, id, ...(error && { error }) });
  }

  #over(run: number, left: RunOutcome, changed?: string): void {
    if (run !== this.#run || !this.#resolve) return;
    clearTimeout(this.#timer);
    this.#deathsInARow = 0;
    const outcome: SlotOutcome = this.#state === 'stopping' ? { is: 'cancelled' } : left;
    if (changed !== undefined) {
      this.#options.died?.(`task code changed ${changed}`);
      return this.#replace(outcome);
    }
    this.#settle(outcome);
    this.#becomeIdle();
  }

  /** The thread has ended by itself: whatever ran is lost, and a new thread comes, later each time. */
  #died(reason: string): void {
    clearTimeout(this.#timer);
    this.#forgetHost();
    const stopping = this.#state === 'stopping';
    this.#state = 'starting';
    this.#settle(stopping ? { is: 'cancelled' } : { is: 'crashed', reason, done: this.#cells.done });
    this.#options.died?.(reason);
    this.#timer = setTimeout(() => this.#spawn(), Math.min(RESPAWN_MS_MAX, RESPAWN_MS_FIRST * 2 ** this.#deathsInARow));
    this.#deathsInARow += 1;
  }

  /** A run would not stop, or leaves its thread of no use: it is ended and another takes its place at once. */
  #replace(outcome: SlotOutcome): void {
    // Where it cannot be ended at once it computes nothing further.
    this.#cells.cancel(this.#run);
    void this.#forgetHost()?.end();
    this.#state = 'starting';
    this.#settle(outcome);
    this.#spawn();
  }

  #forgetHost(): SlotHost | undefined {
    const host = this.#host;
    this.#host = undefined;
    return host;
  }

  #settle(outcome: SlotOutcome): void {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    this.#paced.end();
    if (resolve) this.#options.files?.end();
    resolve?.(outcome);
  }

  #becomeIdle(): void {
    if (this.#state === 'closed') return;
    this.#state = 'idle';
    this.#options.idle();
  }
}

/** What the thread gets for good, instead of a copy. */
function buffersOf(task: SlotTask): ArrayBuffer[] {
  if (task.op === 'compute') return task.input?.pieces.map(({ buffer }) => buffer) ?? [];
  return task.partials.flatMap((partial) => (partial instanceof Uint8Array ? [partial.buffer as ArrayBuffer] : []));
}
