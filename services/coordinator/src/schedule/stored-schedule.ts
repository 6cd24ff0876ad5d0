/** Reads what is stored of a schedule. What another release wrote differently is undefined: it says nothing. Pure. */
import { decode, isManyhandsError, Schedule, ScheduleRan } from '@manyhands/proto';

export function readSchedule(data: Uint8Array): Schedule | undefined {
  return readable(() => decode(Schedule, data));
}

/** The mailbox of its job still says that it was had. */
export function readRan(data: Uint8Array): ScheduleRan | undefined {
  return readable(() => decode(ScheduleRan, data));
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isManyhandsError(error, 'undecodable')) return undefined;
    throw error;
  }
}
