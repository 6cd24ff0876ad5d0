/** `manyhands schedules`: jobs to come, newest first. */
import type { ScheduleView } from '@manyhands/proto';
import type { Command } from 'commander';
import { wholeNumber } from '../jobs/submission.ts';
import type { Session } from '../session.ts';

export async function run(session: Session, command: Command): Promise<void> {
  const wanted = wholeNumber('--limit', command.opts<{ limit: string }>().limit);
  const schedules: ScheduleView[] = [];
  if (wanted > 0)
    for await (const schedule of session.client.eachSchedule(
      { limit: Math.min(wanted, 200) },
      { signal: session.world.interrupt },
    )) {
      schedules.push(schedule);
      if (schedules.length === wanted) break;
    }
  if (session.json) return session.printJson(schedules);
  await session.printTable(
    ['SCHEDULE', 'KIND', 'STATUS', 'NEXT', 'WHEN'],
    schedules.map((schedule) => [
      schedule.schedule_id,
      schedule.kind,
      schedule.halted === undefined ? schedule.status : 'halted',
      schedule.next_run_at ?? '-',
      whenOf(schedule),
    ]),
    'There are no schedules.',
  );
}

function whenOf({ cron, time_zone: zone }: ScheduleView): string {
  return cron === null ? 'once' : `${cron}${zone === null ? '' : ` (${zone})`}`;
}
