/**
 * What a slot's thread does: loads the kinds, then runs one task after the other.
 *
 *   loading ──loaded──▶ ready ──run──▶ running ──over──▶ ready        loading ──cannot load──▶ broken
 *
 * Always true: it talks to nobody but its slot, and answers each run with exactly one `over`.
 */
import type { MessagePort } from 'node:worker_threads';
import type { Task } from '../task.ts';
import { cardOf, loadKinds } from './kind-modules.ts';
import { runTask } from './run-task.ts';
import { SlotCells } from './slot-cells.ts';
import type { RunOutcome, ThreadCommand, ThreadReport, ThreadSetup } from './slot-messages.ts';

export async function serveSlot(port: Pick<MessagePort, 'on' | 'postMessage'>, setup: ThreadSetup): Promise<void> {
  const report = (message: ThreadReport) => port.postMessage(message);
  let kinds: Map<string, Task>;
  try {
    kinds = await loadKinds(setup.kindModules);
  } catch (error) {
    return report({ is: 'broken', message: error instanceof Error ? error.message : String(error) });
  }
  const cells = new SlotCells(setup.cells);
  let running: { run: number; abort: AbortController } | undefined;
  let spare = new AbortController();

  function start({ run, kind: name, params, task }: ThreadCommand & { do: 'run' }): void {
    const kind = kinds.get(name);
    if (!kind) return over(run, { is: 'failed', error: { code: 'unknown_kind', message: `no task is named "${name}" here`, retryable: false } });
    if (spare.signal.aborted) spare = new AbortController();
    watchCell(spare.signal, () => cells.isCancelled(run));
    running = { run, abort: spare };
    const outcome = runTask(kind, { run, params, task, cells, signal: spare.signal, partialBytesMax: setup.partialBytesMax });
    if (outcome instanceof Promise) void outcome.then((later) => over(run, later));
    else over(run, outcome);
  }

  function over(run: number, outcome: RunOutcome): void {
    running = undefined;
    report({ is: 'over', run, outcome });
  }

  port.on('message', (command: ThreadCommand) => {
    if (command.do === 'run') start(command);
    else if (running?.run === command.run) running.abort.abort();
  });
  report({ is: 'ready', kinds: [...kinds.values()].map(cardOf) });
}

const abortedOf = Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted')!.get!;

/** Lets `signal.aborted` see the cell too: a kernel that never yields cannot be told in any other way. */
function watchCell(signal: AbortSignal, isCancelled: () => boolean): void {
  Object.defineProperty(signal, 'aborted', { configurable: true, get: () => isCancelled() || (abortedOf.call(signal) as boolean) });
}
