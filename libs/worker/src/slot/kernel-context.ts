/** The context of the task code of one run: the same object for each of its chunks. */
import type { Context } from '../task.ts';
import type { Filing } from './filing.ts';
import type { LogLines } from './log-lines.ts';
import type { Pacing } from './pacing.ts';
import type { Secrets } from './secrets.ts';
import type { SlotCells } from './slot-cells.ts';

/** What the thread has for all runs. */
export interface KernelTools {
  log: LogLines;
  secrets: Secrets;
  pacing: Pick<Pacing, 'wait'>;
  filing: Pick<Filing, 'file'>;
}

export interface RunFacts {
  run: number;
  params: unknown;
  total: number;
  attempt: number;
  jobId: string;
}

export class KernelContext implements Context {
  signal: AbortSignal;
  index: number;
  readonly params: unknown;
  readonly total: number;
  readonly attempt: number;
  readonly jobId: string;
  // Not methods: task code takes them out of the context.
  readonly log: Context['log'];
  readonly progress: Context['progress'];
  readonly secret: Context['secret'];
  readonly pace: Context['pace'];
  readonly file: Context['file'];
  readonly #waits = { open: 0, sinceMs: 0, totalMs: 0 };

  constructor(
    { run, params, total, attempt, jobId }: RunFacts,
    index: number,
    signal: AbortSignal,
    cells: SlotCells,
    tools: KernelTools,
  ) {
    this.signal = signal;
    this.index = index;
    this.params = params;
    this.total = total;
    this.attempt = attempt;
    this.jobId = jobId;
    const origin = tools.log.originOf(this);
    this.log = (message, fields) => tools.log.add('info', message, fields, origin);
    this.progress = (share) => cells.progress(share);
    this.secret = (name) => tools.secrets.read(name);
    this.pace = (name, rate) => {
      const waiting = tools.pacing.wait({ run, done: cells.done, name, rate, signal: this.signal });
      // Task code that does not wait for it is not to end its thread.
      void this.#timed(waiting);
      return waiting;
    };
    this.file = (name, content, type = 'application/octet-stream') => {
      const storing = tools.filing.file({ run, done: cells.done, chunk: this.index, name, content, type, signal: this.signal });
      storing.catch(() => undefined);
      return storing;
    };
  }

  /** Milliseconds in which it waited for turns: those of waits at the same time count once. */
  get pacedMs(): number {
    const { open, sinceMs, totalMs } = this.#waits;
    // The chunk goes on before the end of its last wait is noted.
    return open === 0 ? totalMs : totalMs + performance.now() - sinceMs;
  }

  async #timed(waiting: Promise<void>): Promise<void> {
    const waits = this.#waits;
    if (waits.open === 0) waits.sinceMs = performance.now();
    waits.open += 1;
    await waiting.catch(() => undefined);
    waits.open -= 1;
    if (waits.open === 0) waits.totalMs += performance.now() - waits.sinceMs;
  }
}
