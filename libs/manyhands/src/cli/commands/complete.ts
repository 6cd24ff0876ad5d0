/** What a shell can put after the words typed so far: commands, options, kinds and job ids. Prints nothing when the system does not answer. */
import type { Command } from 'commander';
import { flagRows } from '../params/param-flags.ts';
import { chosenKind } from '../params/kind-choice.ts';
import type { Session } from '../session.ts';

const answerWithinMs = 1_500;

export async function run(session: Session, command: Command): Promise<void> {
  const words = command.args;
  const last = words.at(-1) ?? '';
  const found = await candidates(session, command.parent!, words.slice(0, -1), last).catch((): string[] => []);
  await session.print(
    found
      .filter((word) => word.startsWith(last))
      .map((word) => `${word}\n`)
      .join(''),
  );
}

async function candidates(session: Session, program: Command, before: readonly string[], last: string): Promise<string[]> {
  let current = program;
  const operands: string[] = [];
  for (const word of before) {
    const next = operands.length === 0 ? current.commands.find((each) => each.name() === word) : undefined;
    if (next) current = next;
    else if (!word.startsWith('-')) operands.push(word);
  }
  const asks = current.registeredArguments[Math.min(operands.length, current.registeredArguments.length - 1)];
  const signal = AbortSignal.timeout(answerWithinMs);
  if (last.startsWith('-')) {
    const own = [...current.options, ...program.options].map(({ long }) => long).filter((long) => long != null);
    if (current.name() !== 'run' && current.name() !== 'map') return own;
    const kind = chosenKind(await session.client.kinds({ signal }).catch(() => []), operands[0] ?? '');
    return [...own, ...(kind ? flagRows(kind.params_schema).map(([flag]) => flag.split(' ')[0]!) : [])];
  }
  if (operands.length === 0 && current.commands.length > 0)
    return current.commands.map((each) => each.name()).filter((name) => !name.startsWith('_'));
  if (asks === undefined || (operands.length > 0 && !asks.variadic && operands.length >= current.registeredArguments.length))
    return [];
  if (/^kinds?$/.test(asks.name())) return (await session.client.kinds({ signal })).map(({ kind }) => kind);
  if (/^jobs?$/.test(asks.name())) return (await session.client.list({ limit: 50 }, { signal })).jobs.map((job) => job.job_id);
  if (asks.name() === 'shell') return ['bash', 'zsh', 'fish'];
  return [];
}
