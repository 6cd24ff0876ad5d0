/**
 * What a slot's thread does: loads the kinds, then runs one task after the other.
 *
 *   loading ──loaded──▶ ready ──run──▶ running ──over──▶ ready        loading ──cannot load──▶ broken
 *
 * Invariant: it exchanges messages only with its slot, and answers each run with exactly one `over`.
 */
import type { MessagePort } from 'node:worker_threads';
import { BuiltIns, outcomeAfter } from './built-ins.ts';
import { type CellPlace, openCells } from './cell-store.ts';
import { Filing } from './filing.ts';
import { type LoadedKind, loadKinds } from './kind-modules.ts';
import { catchConsole, LogLines } from './log-lines.ts';
import { withinTrace } from './outside-calls.ts';
import { Pacing } from './pacing.ts';
import { RunAborts } from './run-aborts.ts';
import { runTask } from './run-task.ts';
import { Secrets } from './secrets.ts';
import { SlotCells } from './slot-cells.ts';
import type { RunOutcome, SlotTask, ThreadCommand, ThreadReport, ThreadSetup } from './slot-messages.ts';
import { ThreadTurns } from './thread-turns.ts';

type Port = Pick<MessagePort, 'on' | 'postMessage'>;

export async function serveSlot(
  port: Port,
  setup: ThreadSetup & RunSetup,
  secrets = new Secrets(),
  console?: Console,
): Promise<void> {
  let kinds: Map<string, LoadedKind>;
  try {
    kinds = await loadKinds(setup.kindModules);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return port.postMessage({ is: 'broken', message } satisfies ThreadReport);
  }
  const log = serveRuns(port, kinds, setup, secrets);
  port.postMessage({ is: 'ready', kinds: [...kinds.values()].map(({ card }) => card) } satisfies ThreadReport);
  if (console) catchConsole(console, log);
}

interface RunSetup extends Pick<ThreadSetup, 'bounds'> {
  cells: CellPlace;
}

/** Runs what comes over `port`, each message `within` what the thread keeps apart. Returns where the task code logs. */
export function serveRuns(
  port: Port,
  kinds: ReadonlyMap<string, LoadedKind>,
  setup: RunSetup,
  secrets: Secrets,
  within = (work: () => void): void => work(),
  turns = new ThreadTurns(),
): LogLines {
  const report = (message: ThreadReport) => port.postMessage(message);
  const cells = new SlotCells(openCells(setup.cells));
  const aborts = new RunAborts(cells);
  const builtIns = new BuiltIns();
  let running: { run: number; task: SlotTask } | undefined;
  const log = new LogLines(
    (line, run) => report({ is: 'logged', line, ...(run !== undefined && { run }) }),
    (text) => secrets.mask(text),
  );
  const pacing = new Pacing((ask) => report({ is: 'pacing', ask }), turns);
  const filing = new Filing((piece) => port.postMessage({ is: 'filing', piece } satisfies ThreadReport, [piece.bytes.buffer]));
  const tools = { log, secrets, pacing, filing };

  function start({ run, kind: name, params, task, softLimitSec }: ThreadCommand & { do: 'run' }): void {
    const kind = kinds.get(name)?.task;
    if (!kind)
      return over(run, {
        is: 'failed',
        error: { code: 'unknown_kind', message: `this worker has no task named "${name}"`, retryable: false },
      });
    aborts.begin(run);
    running = { run, task };
    const work = () =>
      log.within(run, () => runTask(kind, { run, params, task, cells, aborts, softLimitSec, bounds: setup.bounds, tools }));
    if (task.op === 'compute' && task.trace !== undefined) return traced(run, task.trace, work);
    const outcome = work();
    if (outcome instanceof Promise) void outcome.then((later) => over(run, later));
    else over(run, outcome);
  }

  function traced(run: number, traceparent: string, work: () => RunOutcome | Promise<RunOutcome>): void {
    const { result, noted } = withinTrace(traceparent, work);
    void Promise.resolve(result).then((outcome) =>
      over(run, outcome.is === 'computed' && noted.length > 0 ? { ...outcome, calls: noted } : outcome),
    );
  }

  function over(run: number, made: RunOutcome): void {
    const changed = builtIns.changed();
    const outcome = changed === undefined || running === undefined ? made : outcomeAfter(changed, running.task, made);
    running = undefined;
    log.reportDropped({ run });
    const left = outcome.is === 'computed' ? outcome.bytes : undefined;
    port.postMessage(
      {
        is: 'over',
        run,
        outcome: secrets.maskOutcome(outcome),
        ...(changed !== undefined && { changed }),
      } satisfies ThreadReport,
      left ? [left.buffer] : [],
    );
  }

  function handle(command: ThreadCommand): void {
    if (command.do === 'run') start(command);
    else if (command.do === 'paced') pacing.due(command.id, command.dueAtMs, command.more);
    else if (command.do === 'filed') filing.filed(command.id, command.error);
    else if (running?.run === command.run && (command.do === 'cancel' || cells.isOverdue(command.run))) aborts.abort();
  }

  port.on('message', (command: ThreadCommand) => within(() => handle(command)));
  // The slot has left it: what still runs is to stop.
  port.on('close', () => aborts.abort());
  return log;
}
