/** Reads what is stored of a schedule. What another release wrote differently is undefined: it states nothing. Pure. */
import { decode, ifReadable, Schedule, ScheduleRan } from '@manyhands/proto';

export function readSchedule(data: Uint8Array): Schedule | undefined {
  return ifReadable(() => decode(Schedule, data));
}

/** The mailbox of its job still states that it was had. */
export function readRan(data: Uint8Array): ScheduleRan | undefined {
  return ifReadable(() => decode(ScheduleRan, data));
}
