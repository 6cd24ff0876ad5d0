/**
 * Keeps a worker running that is made of what was saved last and loads.
 *
 *   loading ──loaded──▶ the one before is drained ──▶ working ──saved──▶ loading (beside the one that works)
 *      └──refused──▶ one sentence; the last good one goes on
 *
 * Invariant: at most one worker takes leases; one that does not load has replaced none. A worker that ends by itself is started again, later each time.
 */
import { once } from 'node:events';
import { fork, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { answerOf, post, reasonOf, type WorkerOrder } from './worker-messages.ts';

const program = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './worker-process.ts' : './worker-process.js', import.meta.url),
);
const drainedWithinMs = 4_000;
const againMsFirst = 1_000;
const againMsMax = 10_000;

export interface WorkerLoopOptions {
  order: WorkerOrder;
  /** A line that the worker printed. */
  line(text: string): void;
  /** A sentence about what happens. */
  note(text: string): void;
}

export class WorkerLoop {
  readonly #options: WorkerLoopOptions;
  /** The one that works, or is about to. */
  #worker: ChildProcess | undefined;
  #stopping = false;
  #again: NodeJS.Timeout | undefined;
  #deaths = 0;
  #turn: Promise<void> = Promise.resolve();
  #loadings = 0;

  constructor(options: WorkerLoopOptions) {
    this.#options = options;
  }

  /** Loads what is saved now. Resolves when it works, or is refused. Loads that pile up become one. */
  reload(): Promise<void> {
    const loading = ++this.#loadings;
    return (this.#turn = this.#turn.then(() => (loading === this.#loadings && !this.#stopping ? this.#load() : undefined)));
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#again);
    const turn = this.#turn;
    await end(this.#worker);
    await turn;
    await end(this.#worker);
  }

  async #load(): Promise<void> {
    clearTimeout(this.#again);
    const { order, note } = this.#options;
    const fresh = this.#spawn();
    post(fresh, { type: 'load', order });
    const loaded = await answerOf(fresh);
    if (loaded.type !== 'loaded') {
      if (!this.#stopping) note(`${reasonOf(loaded)}${this.#worker ? ' The worker goes on with what was saved before.' : ''}`);
      return end(fresh);
    }
    const before = this.#worker;
    this.#worker = fresh;
    await end(before);
    if (this.#stopping) return end(fresh);
    post(fresh, { type: 'go' });
    const working = await answerOf(fresh);
    if (working.type === 'working') {
      const startedAtMs = performance.now();
      note(
        `computing ${working.kinds.join(', ')}${order.slots === undefined ? '' : ` in ${order.slots} slot${order.slots === 1 ? '' : 's'}`}`,
      );
      fresh.once('exit', (code, signal) => this.#ended(fresh, signal ?? `code ${code}`, performance.now() - startedAtMs));
      return;
    }
    this.#worker = undefined;
    note(`${reasonOf(working)} Save a file to try again.`);
    return end(fresh);
  }

  #ended(worker: ChildProcess, how: string, aliveMs: number): void {
    if (this.#stopping || this.#worker !== worker) return;
    this.#worker = undefined;
    this.#deaths = aliveMs > againMsMax ? 1 : this.#deaths + 1;
    const delayMs = Math.min(againMsMax, againMsFirst * 2 ** (this.#deaths - 1));
    this.#options.note(`the worker ended (${how}); it is started again in ${delayMs / 1_000} s`);
    this.#again = setTimeout(() => void this.reload(), delayMs);
  }

  #spawn(): ChildProcess {
    const child = fork(program, [], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // The terminal's Ctrl-C reaches the parent alone, which decides the order.
      detached: process.platform !== 'win32',
    });
    for (const stream of [child.stdout, child.stderr])
      if (stream) createInterface({ input: stream }).on('line', (text) => this.#options.line(text));
    return child;
  }
}

/** Ordered to stop, and ended when it does not. Resolves when it is gone. */
async function end(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const deadline = setTimeout(() => child.kill('SIGKILL'), drainedWithinMs);
  await gone;
  clearTimeout(deadline);
}
