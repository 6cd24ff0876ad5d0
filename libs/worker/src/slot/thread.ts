/**
 * The entry of a slot's thread: loads the kinds, then runs one task after the other.
 *
 * Always true: it talks to nobody but its slot. Kernels may block it, crash it or end it; the process lives on.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { cardOf, loadKinds } from './kind-modules.ts';
import { runTask } from './run-task.ts';
import { SlotCells } from './slot-cells.ts';
import type { RunOutcome, ThreadCommand, ThreadReport, ThreadSetup } from './slot-messages.ts';

const port = parentPort!;
const setup = workerData as ThreadSetup;
const cells = new SlotCells(setup.cells);
let running: { run: number; abort: AbortController } | undefined;
let spare: AbortController | undefined;

const report = (message: ThreadReport) => port.postMessage(message);

try {
  const kinds = await loadKinds(setup.kindModules);
  port.on('message', (command: ThreadCommand) => {
    if (command.do === 'cancel') {
      if (running?.run === command.run) running.abort.abort();
      return;
    }
    const { run, kind: name, params, task } = command;
    const kind = kinds.get(name);
    if (!kind) return over(run, { is: 'failed', error: { code: 'unknown_kind', message: `no task is named "${name}" here`, retryable: false } });
    const abort = controllerFor(run);
    running = { run, abort };
    const outcome = runTask(kind, { run, params, task, cells, signal: abort.signal, partialBytesMax: setup.partialBytesMax });
    if (outcome instanceof Promise) void outcome.then((later) => over(run, later));
    else over(run, outcome);
  });
  report({ is: 'ready', kinds: [...kinds.values()].map(cardOf) });
} catch (error) {
  report({ is: 'broken', message: error instanceof Error ? error.message : String(error) });
}

function over(run: number, outcome: RunOutcome): void {
  running = undefined;
  report({ is: 'over', run, outcome });
}

/** One controller serves many runs until one is aborted. Its `aborted` also sees the cell, so that a kernel that never yields can look. */
function controllerFor(run: number): AbortController {
  const controller = !spare || spare.signal.aborted ? new AbortController() : spare;
  spare = controller;
  const { signal } = controller;
  const aborted = Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted')!.get!;
  Object.defineProperty(signal, 'aborted', { configurable: true, get: () => cells.isCancelled(run) || (aborted.call(signal) as boolean) });
  return controller;
}
