/** Where the events of a step of the flow are found, what they are, and who reads them unless a handler states otherwise. Pure. */
import {
  advisorySubjects,
  consumers,
  eventSubjects,
  JobFinished,
  Schedule,
  scheduleSubjects,
  WorkAdvisory,
  type FlowStep,
  type StreamKey,
} from '@manyhands/proto';

/** Steps of the flow that are kept as events: read by a durable consumer, at least once. */
export type EventStep = Extract<FlowStep, 'finish' | 'reclaim' | 'schedule'>;

export const EVENT_STEPS = {
  schedule: { stream: 'schedules', filter: scheduleSubjects.allDue, message: Schedule, durable: consumers.dueSchedules },
  reclaim: { stream: 'advisories', filter: advisorySubjects.all, message: WorkAdvisory, durable: consumers.reclaim },
  finish: { stream: 'events', filter: eventSubjects.allFinished, message: JobFinished, durable: consumers.history },
} as const satisfies Record<EventStep, { stream: StreamKey; filter: string; message: unknown; durable: string }>;
