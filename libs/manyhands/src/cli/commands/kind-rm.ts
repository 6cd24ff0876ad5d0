/** `manyhands kinds rm`: removes kinds that no worker computes any more. */
import type { Command } from 'commander';
import type { Session } from '../session.ts';

export async function run(session: Session, command: Command): Promise<void> {
  for (const kind of command.args) {
    await session.client.removeKind(kind, { signal: session.world.interrupt });
    session.note(`${kind} is removed`);
  }
  if (session.json) await session.printJson(command.args.map((kind) => ({ kind })));
}
