/** The context of the task code of one run: the same object for each of its chunks. */
import type { Context } from '../task.ts';
import type { LogLines } from './log-lines.ts';
import type { Pacing } from './pacing.ts';
import type { Secrets } from './secrets.ts';
import type { SlotCells } from './slot-cells.ts';

/** What the thread has for all runs. */
export interface KernelTools {
  log: LogLines;
  secrets: Secrets;
  pacing: Pick<Pacing, 'wait'>;
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
      waiting.catch(() => undefined);
      return waiting;
    };
  }
}
