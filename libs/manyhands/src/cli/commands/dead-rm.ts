/** `manyhands dead rm`: removes dead letters; their chunks stay dead. */
import type { Command } from 'commander';
import type { Session } from '../session.ts';

export async function run(session: Session, command: Command): Promise<void> {
  for (const letter of command.args) {
    await session.client.discardDeadLetter(letter, { signal: session.world.interrupt });
    session.note(`${letter} is removed`);
  }
  if (session.json) await session.printJson(command.args.map((id) => ({ id })));
}
