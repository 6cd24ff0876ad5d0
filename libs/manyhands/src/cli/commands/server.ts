/** `manyhands server`: the whole system on this machine, with the kinds that come with it. */
import type { Command } from 'commander';
import { loadServer } from '../dev/server-package.ts';
import type { Session } from '../session.ts';

export async function run(session: Session, command: Command): Promise<void> {
  const options = command.opts<{ port?: string; slots?: string; compute?: string }>();
  const server = await loadServer(session.world.cwd);
  session.world.release();
  session.exitCode = await server.runSystem({
    command: { ...server.startCommand, typed: 'manyhands server' },
    args: Object.entries(options).flatMap(([name, value]) =>
      ['port', 'slots', 'compute'].includes(name) ? [`--${name}`, value] : [],
    ),
    output: session.world.stderr,
  });
}
