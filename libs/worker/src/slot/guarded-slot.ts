/**
 * A slot as the lease desk sees it: runs what is above suspicion in its thread, and a suspect in a process of its own.
 *
 *   idle ──run──▶ busy in the thread ──over──▶ idle
 *   idle ──run, isolated──▶ busy in the process (started when there is none) ──over──▶ idle; the process is kept for the next for 10 s
 *   idle ──run, isolated, behind a gate──▶ busy, waiting for the gate ──▶ busy in the process ──over──▶ idle; the process is ended
 *
 *   idle ──run of a sandboxed kind──▶ busy in a process of the sandbox, kept for the same job alone
 *
 *   asleep (idle, without a thread) ──first run──▶ waking (busy) ──▶ busy in the thread
 *
 * Invariant: a sandboxed kind never runs in the thread, nor in a process that has run another job. At most one of both runs. A process that died, or had to be ended, is not used again. Where none can be started (no
 * temporary folder, no memory) the thread runs the suspect, which is no worse than before.
 */
import { randomUUID } from 'node:crypto';
import { ENDED_AFTER_MS, type Sandbox } from './confinement.ts';
import type { IsolationGate } from './isolation-gate.ts';
import { Slot, type SlotOptions, type SlotOutcome, type SlotState, type TimeLimits } from './slot.ts';
import { ProcessHosts } from './slot-process.ts';
import { SLOT_MEMORY_MB } from './slot-thread.ts';
import type { KindCard, SlotTask } from './slot-messages.ts';

const KEPT_MS = 10_000;
const SUSPECTS = 'suspects';
const NO_SANDBOX = notStarted('the sandbox');
const NO_THREAD = notStarted('the thread');

function notStarted(what: string): SlotOutcome {
  const message = `${what} could not be started on this worker; its log states why`;
  return { is: 'failed', error: { code: 'compute_failed', message, retryable: true } };
}

interface Run {
  kind: string;
  params: unknown;
  task: SlotTask;
  limits: TimeLimits;
}

interface InSandbox {
  module: string;
  jobId: string | undefined;
}

export interface GuardedSlotOptions extends SlotOptions {
  /** Where more slots than processes fit. */
  gate?: IsolationGate;
  /** For its sandboxed kinds. */
  sandbox?: Sandbox;
}

export class GuardedSlot {
  readonly index: number;
  #options: GuardedSlotOptions;
  #thread: Slot;
  #process: Slot | undefined;
  /** What may use the process: suspects, or one job of a sandboxed kind. */
  #processFor = '';
  /** The module of each sandboxed kind. */
  #sandboxed: ReadonlyMap<string, string> = new Map();
  #isolating = false;
  #isAsleep = false;
  #isWaking = false;
  /** Of the present run, where it is isolated or waits for its thread. */
  #cancelling = new AbortController();
  #leaving: NodeJS.Timeout | undefined;

  constructor(options: GuardedSlotOptions) {
    this.index = options.index;
    this.#options = options;
    this.#thread = new Slot(options);
  }

  get state(): SlotState {
    if (this.#isolating || this.#isWaking) return this.#cancelling.signal.aborted ? 'stopping' : 'busy';
    return this.#isAsleep ? 'idle' : this.#thread.state;
  }

  /** Chunks of the present run that are over. */
  get done(): number {
    return (this.#isolating ? this.#process : this.#thread)?.done ?? 0;
  }

  get share(): number {
    return (this.#isolating ? this.#process : this.#thread)?.share ?? 0;
  }

  /** Resolves with the kinds it knows; rejects when it cannot load them. */
  async start(): Promise<KindCard[]> {
    const cards = await this.#thread.start();
    this.#sandboxed = sandboxedOf(cards);
    const memoryMb = this.#options.memoryMb ?? Math.max(...cards.map((card) => card.memoryMb ?? SLOT_MEMORY_MB));
    if (memoryMb === (this.#options.memoryMb ?? SLOT_MEMORY_MB)) return cards;
    // How much a thread may hold is set when it starts, and only its kinds know.
    await this.#thread.close();
    this.#options = { ...this.#options, memoryMb };
    this.#thread = new Slot(this.#options);
    return this.#thread.start();
  }

  /** Instead of `start`, where its kinds are known: the thread is started by the first run that needs it. */
  sleep(cards: readonly KindCard[]): void {
    this.#sandboxed = sandboxedOf(cards);
    this.#isAsleep = true;
  }

  /** Only while idle. Of a sandboxed kind each run states its job. */
  async run(
    kind: string,
    params: unknown,
    task: SlotTask,
    limits: TimeLimits,
    isolated = false,
    jobId?: string,
  ): Promise<SlotOutcome> {
    const module = this.#sandboxed.get(kind);
    if (module !== undefined) return this.#isolate({ kind, params, task, limits }, { module, jobId });
    if (!isolated) return this.#runInThread({ kind, params, task, limits });
    return this.#isolate({ kind, params, task, limits });
  }

  async #runInThread({ kind, params, task, limits }: Run): Promise<SlotOutcome> {
    if (this.#isAsleep) {
      const outcome = await this.#wake();
      this.#isWaking = false;
      if (outcome) {
        if (this.state === 'idle') queueMicrotask(this.#options.idle);
        return outcome;
      }
    }
    return this.#thread.run(kind, params, task, limits);
  }

  /** Returns the outcome of the run where it comes to nothing. The slot is busy until the caller takes that back. */
  async #wake(): Promise<SlotOutcome | undefined> {
    const { signal } = (this.#cancelling = new AbortController());
    this.#isAsleep = false;
    this.#isWaking = true;
    const started = this.#thread.start().then(
      () => undefined,
      (error: unknown) => {
        this.#options.died?.(`its thread could not be started: ${String(error)}`);
        this.#thread = new Slot(this.#options);
        this.#isAsleep = true;
        return NO_THREAD;
      },
    );
    const cancelled = new Promise<SlotOutcome>((resolve) =>
      signal.addEventListener('abort', () => resolve({ is: 'cancelled' }), { once: true }),
    );
    return Promise.race([started, cancelled]);
  }

  async #isolate({ kind, params, task, limits }: Run, inSandbox?: InSandbox): Promise<SlotOutcome> {
    if (this.state !== 'idle') throw new Error(`slot ${this.index} is ${this.state}, not idle`);
    const { gate } = this.#options;
    const { signal } = (this.#cancelling = new AbortController());
    this.#isolating = true;
    const entered = gate === undefined || (await gate.enter(signal));
    try {
      const slot = signal.aborted ? undefined : await this.#isolatedSlot(inSandbox);
      if (signal.aborted) return { is: 'cancelled' };
      if (slot) return await slot.run(kind, params, task, inSandbox ? this.#sandboxLimits(limits) : limits);
      if (inSandbox) return NO_SANDBOX;
    } finally {
      this.#isolating = false;
      if (gate) void this.#endProcess().finally(() => entered && gate.leave());
      else if (this.#process?.state === 'idle') this.#leaving = setTimeout(() => void this.#endProcess(), KEPT_MS).unref();
      else void this.#endProcess();
      if (this.state === 'idle') queueMicrotask(this.#options.idle);
    }
    return this.#runInThread({ kind, params, task, limits });
  }

  cancel(): void {
    if (!this.#isolating && !this.#isWaking) return this.#thread.cancel();
    this.#cancelling.abort();
    this.#process?.cancel();
  }

  /** Asks the present run to end at the border of a chunk once it has computed for `afterMs`, and to hand back the rest. */
  yield(afterMs: number): void {
    (this.#isolating ? this.#process : this.#thread)?.yield(afterMs);
  }

  watch(nowMs: number): void {
    (this.#isolating ? this.#process : this.#thread)?.watch(nowMs);
  }

  async close(): Promise<void> {
    this.#cancelling.abort();
    await Promise.all([this.#thread.close(), this.#endProcess()]);
  }

  /** Undefined where no process can be started. */
  async #isolatedSlot(inSandbox: InSandbox | undefined): Promise<Slot | undefined> {
    clearTimeout(this.#leaving);
    const purpose = inSandbox ? `${inSandbox.module} ${inSandbox.jobId ?? randomUUID()}` : SUSPECTS;
    if (this.#process?.state === 'idle' && this.#processFor === purpose) return this.#process;
    await this.#endProcess();
    let slot: Slot | undefined;
    try {
      slot = new Slot({ ...this.#options, hosts: this.#hostsFor(inSandbox), idle: () => {}, died: () => {} });
      this.#process = slot;
      this.#processFor = purpose;
      await slot.start();
      return slot;
    } catch (error) {
      if (inSandbox) this.#options.died?.(`its sandbox could not be started: ${String(error)}`);
      await this.#endProcess();
      return undefined;
    }
  }

  #hostsFor(inSandbox: InSandbox | undefined): ProcessHosts {
    if (inSandbox === undefined) return new ProcessHosts();
    const { sandbox } = this.#options;
    if (sandbox === undefined) throw new Error('this worker has no sandbox');
    return new ProcessHosts({ ...sandbox, module: inSandbox.module });
  }

  #sandboxLimits({ softLimitMs, hardLimitMs }: TimeLimits): TimeLimits {
    const limitMs = this.#options.sandbox?.limitMs ?? Infinity;
    return { softLimitMs: Math.min(softLimitMs, limitMs), hardLimitMs: Math.min(hardLimitMs, limitMs + ENDED_AFTER_MS) };
  }

  async #endProcess(): Promise<void> {
    clearTimeout(this.#leaving);
    const slot = this.#process;
    this.#process = undefined;
    await slot?.close();
  }
}

/** The module of each sandboxed kind. */
function sandboxedOf(cards: readonly KindCard[]): ReadonlyMap<string, string> {
  return new Map(cards.filter(({ sandboxed }) => sandboxed).map(({ name, module }) => [name, module]));
}
