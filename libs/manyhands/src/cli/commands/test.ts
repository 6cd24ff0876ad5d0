/** `manyhands test`: computes a kind in this process, over a few items or all its chunks, and prints what a job would leave. */
import { runTask, type TaskTrial } from '@manyhands/worker/testing';
import type { Command } from 'commander';
import { EXIT } from '../exit.ts';
import { localInput, localKinds, localParams, orSentence } from '../jobs/local-kinds.ts';
import { wholeNumber } from '../jobs/submission.ts';
import type { Session } from '../session.ts';

interface Options {
  modules?: string;
  params?: string;
  chunks?: string;
}

export async function run(session: Session, command: Command): Promise<void> {
  const { modules, params: stated, chunks } = command.opts<Options>();
  const { cwd } = session.world;
  // Task code runs in this process, and while it computes only the system can end it.
  session.world.release();
  const [name = '', ...rest] = command.args;
  const file = rest[0]?.startsWith('--') === false ? rest.shift() : undefined;
  const [kind] = await localKinds(cwd, modules, name);
  const params = localParams(kind!, stated, rest, cwd);
  const trial = {
    ...localInput(kind!, file, cwd),
    ...(params !== undefined && { params }),
    ...(chunks !== undefined && { chunks: wholeNumber('--chunks', chunks) }),
  };
  const { result, lines, failures, log } = await orSentence(EXIT.failed, () => runTask(kind!.task, trial as TaskTrial<unknown>));
  for (const line of log) session.note(line);
  if (session.json) await session.printJson({ ...(kind!.task.merge ? { result: result ?? null } : { lines }), failures });
  else if (kind!.task.merge) await session.printJson(result ?? null);
  else for (const line of lines) await session.print(`${JSON.stringify(line)}\n`);
  for (const { index, error, attempts } of failures)
    session.note(`${index} failed${attempts > 1 ? ` ${attempts} times` : ''}: ${error.message}`);
  if (failures.length > 0) session.exitCode = EXIT.withFailures;
}
