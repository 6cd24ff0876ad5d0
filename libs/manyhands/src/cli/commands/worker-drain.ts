/** `manyhands workers drain`: orders workers to take no more leases, and to end those they have. */
import type { Command } from 'commander';
import type { Session } from '../session.ts';

export async function run(session: Session, command: Command): Promise<void> {
  for (const worker of command.args) {
    await session.client.drainWorker(worker, { signal: session.world.interrupt });
    session.note(`${worker} takes no more leases; end its process once "manyhands workers" shows that nothing is busy`);
  }
  if (session.json) await session.printJson(command.args.map((worker) => ({ worker })));
}
