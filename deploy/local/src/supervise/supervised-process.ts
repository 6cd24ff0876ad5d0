/**
 * Keeps one process running until ordered to stop.
 *
 *   waiting ──start──▶ running ──dies, startAnew──▶ waiting (restart policy)      any ──stop──▶ stopping ──gone──▶ stopped
 *                         └──dies──▶ not started again (restart policy), where a listener is set
 *
 * Invariant: at most one child at a time; after `stop` none is started again. The child leads a process group of its own, so
 * the terminal's Ctrl-C reaches only the parent, which decides the order.
 */
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { startProcess, type ProcessEvents, type ProcessPlan } from './process-plan.ts';
import { decideRestart, noDeaths, restartPolicy, type Death, type PastDeaths, type RestartPolicy } from './restart-policy.ts';

const lastLinesMax = 20;
const lastWordsMs = 1_000;

export class SupervisedProcess {
  readonly plan: ProcessPlan;
  readonly #events: ProcessEvents;
  readonly #policy: RestartPolicy;
  #child: ChildProcess | undefined;
  #restart: NodeJS.Timeout | undefined;
  #past: PastDeaths = noDeaths;
  readonly #lastLines: string[] = [];
  #stopping = false;
  readonly #stopped = Promise.withResolvers<void>();

  constructor(plan: ProcessPlan, events: ProcessEvents, policy: RestartPolicy = restartPolicy) {
    this.plan = plan;
    this.#events = events;
    this.#policy = policy;
  }

  /** Process id of the running child; undefined between two. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    if (this.#stopping || this.#child) return;
    const startedAt = performance.now();
    const child = startProcess(this.plan);
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#heard(line));
    }
    child.on('message', (message) =>
      this.#events.asked?.(this.plan.name, message, (answer) => {
        if (child.connected) child.send(answer, () => undefined);
      }),
    );
    const closed = new Promise<void>((resolve) => child.once('close', () => setImmediate(resolve)));
    let problem: Error | undefined;
    child.once('error', (error) => {
      problem = error;
      if (child.pid === undefined) this.#ended(`could not start: ${error.message}`, { aliveMs: 0 }, closed);
    });
    child.once('exit', (code, signal) => {
      this.#ended(
        problem?.message ?? (signal ? `ended by ${signal}` : `ended with ${code}`),
        { aliveMs: performance.now() - startedAt, exitCode: code ?? undefined },
        closed,
      );
    });
  }

  /** SIGTERM to the running child; the restart policy starts the next one. */
  startAnew(): void {
    this.#child?.kill('SIGTERM');
  }

  /** SIGKILL to the running child, as if it had crashed; the restart policy starts the next one. Its process id; undefined between two. */
  crash(): number | undefined {
    const pid = this.#child?.pid;
    this.#child?.kill('SIGKILL');
    return pid;
  }

  /** SIGTERM, then SIGKILL when it is not gone after `graceMs`. Resolves when it is gone. */
  async stop(graceMs: number): Promise<void> {
    this.#endWith('SIGTERM');
    const deadline = setTimeout(() => this.#child?.kill('SIGKILL'), graceMs);
    await this.#stopped.promise;
    clearTimeout(deadline);
  }

  /** SIGKILL, now. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#endWith('SIGKILL');
    await this.#stopped.promise;
  }

  /** What it printed last may come after its end. */
  async #giveUp(how: string, closed: Promise<void>): Promise<void> {
    await Promise.race([closed, wait(lastWordsMs)]);
    this.#events.gaveUp?.(this.plan.name, how, this.#lastLines);
  }

  #endWith(signal: NodeJS.Signals): void {
    this.#stopping = true;
    clearTimeout(this.#restart);
    if (this.#child) this.#child.kill(signal);
    else this.#stopped.resolve();
  }

  #heard(line: string): void {
    this.#lastLines.push(line);
    if (this.#lastLines.length > lastLinesMax) this.#lastLines.shift();
    this.#events.line(this.plan.name, line);
  }

  #ended(how: string, death: Death, closed: Promise<void>): void {
    this.#child = undefined;
    if (this.#stopping) return this.#stopped.resolve();
    const { past, givenUp, delayMs } = decideRestart(this.#policy, this.#past, death);
    this.#past = past;
    if (givenUp && this.#events.gaveUp) return void this.#giveUp(how, closed);
    this.#events.died(this.plan.name, how, delayMs);
    this.#restart = setTimeout(() => this.start(), delayMs);
  }
}
