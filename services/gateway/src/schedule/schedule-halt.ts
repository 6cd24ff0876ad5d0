/**
 * Halts the schedules of an account that is disabled, and lets them go on when it is enabled again.
 *
 *   going on ──halt──▶ halted, by a mark that coordinators look at before each run ──go on──▶ going on; a run that came due once meanwhile is due again
 *
 * Invariant: nothing of a schedule is changed, so each is what its user made it. Of ticks that passed while it was halted none is made up for. Repeating either changes nothing.
 *
 * Writes and removes `scheduleSubjects.halted`. Throws `unavailable`.
 */
import { Inject, Injectable } from '@nestjs/common';
import { lastStored, purgeStored, storedSubjects } from '@manyhands/broker';
import { decode, encode, ifReadable, Schedule, scheduleSubjects } from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';

const late =
  'NATS does not answer in time, so the schedules of the account may go on as before; send it again, repeating is safe.';

@Injectable()
export class ScheduleHalt {
  constructor(@Inject(BrokerLink) private readonly link: BrokerLink) {}

  set(tenant: string, isHalted: boolean): Promise<void> {
    return withDeadline(isHalted ? this.#halt(tenant) : this.#goOn(tenant), late);
  }

  async #halt(tenant: string): Promise<void> {
    const data = encode({ v: 1, type: 'SchedulesHalted', tenant });
    await this.link.bus().outbox.publishAll([{ subject: scheduleSubjects.halted(tenant), data }]);
  }

  async #goOn(tenant: string): Promise<void> {
    const { broker, outbox } = this.link.bus();
    await purgeStored(broker, 'schedules', scheduleSubjects.halted(tenant));
    const { subjects } = await storedSubjects(broker, 'schedules', scheduleSubjects.due(tenant, '*'));
    const due = await Promise.all(subjects.map((subject) => lastStored(broker, 'schedules', subject)));
    // Those that repeat come again by their alarms.
    const again = due.filter((run) => run && ifReadable(() => decode(Schedule, run.data))?.cron === null);
    await outbox.publishAll(again.map((run) => ({ subject: run!.subject, data: run!.data })));
  }
}
