/** NATS as a Nest transport: services' handlers are ordinary methods of Nest controllers. */
export { JetStreamStrategy, type JetStreamStrategyOptions } from './jetstream.strategy.ts';
export type { MailboxHandlers } from './handler-place.ts';
export { OnMailboxBatch, OnMailboxRelease, OnQuery, OnStep } from './handler-decorators.ts';
export { StepContext } from './step-events.ts';
export { NestLog } from './nest-log.ts';
