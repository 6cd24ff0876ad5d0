/** `manyhands schedules pause`, `resume` and `rm`. */
import type { Command } from 'commander';
import type { Session } from '../session.ts';

export async function run(session: Session, command: Command): Promise<void> {
  const { client, world } = session;
  const options = { signal: world.interrupt };
  for (const id of command.args) {
    switch (command.name()) {
      case 'pause':
        await client.pauseSchedule(id, options);
        session.note(`${id} is paused`);
        break;
      case 'resume':
        await client.resumeSchedule(id, options);
        session.note(`${id} goes on`);
        break;
      default:
        await client.deleteSchedule(id, options);
        session.note(`${id} is removed`);
    }
  }
  if (session.json) await session.printJson(command.args.map((id) => ({ schedule_id: id })));
}
