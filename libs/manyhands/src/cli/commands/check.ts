/** `manyhands check`: tries kinds in this process for what gives wrong answers only on many machines. */
import { checkTask, TaskFlaw, type CheckOptions } from '@manyhands/worker/testing';
import type { Command } from 'commander';
import { EXIT } from '../exit.ts';
import { localInput, localKinds, localParams, orSentence, type LocalKind } from '../jobs/local-kinds.ts';
import { wholeNumber } from '../jobs/submission.ts';
import type { Session } from '../session.ts';

interface Options {
  modules?: string;
  params?: string;
  items?: string;
  seed?: string;
}

interface Checked {
  kind: string;
  ok: boolean;
  flaw?: string;
  detail?: string;
}

export async function run(session: Session, command: Command): Promise<void> {
  const options = command.opts<Options>();
  const { cwd } = session.world;
  // Task code runs in this process, and while it computes only the system can end it.
  session.world.release();
  const tokens = [...command.args];
  const name = tokens[0]?.startsWith('--') === false ? tokens.shift() : undefined;
  const kinds = await localKinds(cwd, options.modules, name);
  const checked: Checked[] = [];
  for (const kind of kinds) {
    // Of all kinds, those that take items are passed over where there are none for them.
    if (name === undefined && kind.task.input && options.items === undefined) {
      session.note(`${kind.card.name} takes ${kind.task.input.form}: manyhands check ${kind.card.name} --items <file>`);
      continue;
    }
    checked.push(await checkedKind(kind, optionsFor(kind, options, tokens, cwd)));
  }
  if (session.json) await session.printJson(checked);
  for (const { kind, ok, flaw, detail } of checked) {
    if (!session.json) await session.print(`${kind}: ${ok ? 'no flaw found' : `${flaw}: ${detail}`}\n`);
    if (!ok) session.exitCode = EXIT.failed;
  }
}

function optionsFor(
  kind: LocalKind,
  { params: stated, items, seed }: Options,
  tokens: string[],
  cwd: string,
): CheckOptions<unknown> {
  const params = localParams(kind, stated, tokens, cwd);
  return {
    ...(kind.task.input && localInput(kind, items, cwd)),
    ...(params !== undefined && { params }),
    ...(seed !== undefined && { seed: wholeNumber('--seed', seed) }),
  };
}

async function checkedKind({ task, card }: LocalKind, options: CheckOptions<unknown>): Promise<Checked> {
  const flaw = await orSentence(EXIT.failed, () =>
    checkTask(task, options).catch((error: unknown) => {
      if (error instanceof TaskFlaw) return error;
      throw error;
    }),
  );
  return flaw ? { kind: card.name, ok: false, flaw: flaw.flaw, detail: flaw.message } : { kind: card.name, ok: true };
}
