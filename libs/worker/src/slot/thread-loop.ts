/**
 * What a slot's thread does: loads the kinds, then runs one task after the other.
 *
 *   loading ──loaded──▶ ready ──run──▶ running ──over──▶ ready        loading ──cannot load──▶ broken
 *
 * Invariant: it exchanges messages only with its slot, and answers each run with exactly one `over`.
 */
import type { MessagePort } from 'node:worker_threads';
import { openCells } from './cell-store.ts';
import { type LoadedKind, loadKinds } from './kind-modules.ts';
import { catchConsole, LogLines } from './log-lines.ts';
import { RunAborts } from './run-aborts.ts';
import { runTask } from './run-task.ts';
import { Secrets } from './secrets.ts';
import { SlotCells } from './slot-cells.ts';
import type { RunOutcome, ThreadCommand, ThreadReport, ThreadSetup } from './slot-messages.ts';

export async function serveSlot(
  port: Pick<MessagePort, 'on' | 'postMessage'>,
  setup: ThreadSetup,
  secrets = new Secrets(),
  console?: Console,
): Promise<void> {
  const report = (message: ThreadReport) => port.postMessage(message);
  let kinds: Map<string, LoadedKind>;
  try {
    kinds = await loadKinds(setup.kindModules);
  } catch (error) {
    return report({ is: 'broken', message: error instanceof Error ? error.message : String(error) });
  }
  const cells = new SlotCells(openCells(setup.cells));
  const aborts = new RunAborts(cells);
  let running: number | undefined;
  const log = new LogLines(
    (line, run) => report({ is: 'logged', line, ...(run !== undefined && { run }) }),
    (text) => secrets.mask(text),
  );
  const tools = { log, secrets };
  if (console) catchConsole(console, log);

  function start({ run, kind: name, params, task, softLimitSec }: ThreadCommand & { do: 'run' }): void {
    const kind = kinds.get(name)?.task;
    if (!kind)
      return over(run, {
        is: 'failed',
        error: { code: 'unknown_kind', message: `this worker has no task named "${name}"`, retryable: false },
      });
    aborts.begin(run);
    running = run;
    const outcome = log.within(run, () =>
      runTask(kind, { run, params, task, cells, aborts, softLimitSec, bounds: setup.bounds, tools }),
    );
    if (outcome instanceof Promise) void outcome.then((later) => over(run, later));
    else over(run, outcome);
  }

  function over(run: number, outcome: RunOutcome): void {
    running = undefined;
    log.reportDropped({ run });
    const left = outcome.is === 'computed' ? outcome.bytes : undefined;
    port.postMessage(
      { is: 'over', run, outcome: secrets.maskOutcome(outcome) } satisfies ThreadReport,
      left ? [left.buffer] : [],
    );
  }

  port.on('message', (command: ThreadCommand) => {
    if (command.do === 'run') start(command);
    else if (running === command.run && (command.do === 'cancel' || cells.isOverdue(command.run))) aborts.abort();
  });
  report({ is: 'ready', kinds: [...kinds.values()].map(({ card }) => card) });
}
