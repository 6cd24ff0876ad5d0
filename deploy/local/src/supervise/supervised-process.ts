/**
 * Keeps one process running until told to stop.
 *
 *   waiting ──start──▶ running ──dies, startAnew──▶ waiting (restart policy)      any ──stop──▶ stopping ──gone──▶ stopped
 *
 * Always true: at most one child at a time; after `stop` none is started again. The child leads a process group of its own, so
 * the terminal's Ctrl-C reaches only the parent, which decides the order.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { ProcessPlan } from './process-plan.ts';
import { decideRestart, restartPolicy, type RestartPolicy } from './restart-policy.ts';
import { supervisedMark } from './supervised-mark.ts';

export interface ProcessEvents {
  /** One line of the child's output. */
  line(name: string, line: string): void;
  /** The child ended without being told to. */
  died(name: string, how: string, restartInMs: number): void;
}

export class SupervisedProcess {
  readonly plan: ProcessPlan;
  readonly #events: ProcessEvents;
  readonly #policy: RestartPolicy;
  #child: ChildProcess | undefined;
  #restart: NodeJS.Timeout | undefined;
  #deaths = 0;
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
    const { program, args, env, watchesParent, name } = this.plan;
    const startedAt = performance.now();
    const child = spawn(program, args, {
      env: { ...process.env, ...env, ...(watchesParent ? { [supervisedMark]: '1' } : {}) },
      stdio: watchesParent ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#events.line(name, line));
    }
    let problem: Error | undefined;
    child.once('error', (error) => {
      problem = error;
      if (child.pid === undefined) this.#ended(`could not start: ${error.message}`, 0);
    });
    child.once('exit', (code, signal) => {
      this.#ended(problem?.message ?? (signal ? `ended by ${signal}` : `ended with ${code}`), performance.now() - startedAt);
    });
  }

  /** SIGTERM to the running child; the restart policy starts the next one. */
  startAnew(): void {
    this.#child?.kill('SIGTERM');
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

  #endWith(signal: NodeJS.Signals): void {
    this.#stopping = true;
    clearTimeout(this.#restart);
    if (this.#child) this.#child.kill(signal);
    else this.#stopped.resolve();
  }

  #ended(how: string, aliveMs: number): void {
    this.#child = undefined;
    if (this.#stopping) return this.#stopped.resolve();
    const { deaths, delayMs } = decideRestart(this.#policy, this.#deaths, aliveMs);
    this.#deaths = deaths;
    this.#events.died(this.plan.name, how, delayMs);
    this.#restart = setTimeout(() => this.start(), delayMs);
  }
}
