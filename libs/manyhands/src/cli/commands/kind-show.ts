/** `manyhands kinds show`: the parameters of a kind, and how it is run. */
import type { Command } from 'commander';
import { flagRows } from '../params/param-flags.ts';
import { findKind } from '../params/kind-choice.ts';
import { table } from '../print/table.ts';
import type { Session } from '../session.ts';

export async function run(session: Session, command: Command): Promise<void> {
  const kind = await findKind(session.client, command.args[0] ?? '', session.world.interrupt);
  if (session.json) return session.printJson(kind);
  const facts: [string, string][] = [
    ['kind', kind.kind],
    ['version', String(kind.version ?? 1)],
    ['title', kind.title],
    ['description', kind.description],
    ['workers', String(kind.live_workers)],
    ['chunks', `${kind.default_chunks} unless a job asks for another number`],
    ['project', kind.project ?? ''],
    ['registered', kind.registered_at ?? ''],
  ];
  const flags = flagRows(kind.params_schema);
  await session.print(
    table(
      [],
      facts.filter(([, text]) => text !== ''),
      { heads: false },
    ),
  );
  if (flags.length > 0) await session.print(`\nParameters:\n${table([], flags, { heads: false })}`);
  await session.print(
    `\nExample:\n  manyhands run ${kind.kind} --params '${JSON.stringify(kind.example).replaceAll("'", String.raw`'\''`)}'\n`,
  );
}
