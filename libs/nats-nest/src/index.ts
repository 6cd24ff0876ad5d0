/** NATS as a Nest transport: services' handlers are ordinary methods of Nest controllers. */
export { JetStreamStrategy, type JetStreamStrategyOptions, type MailboxHandlers } from './jetstream.strategy.ts';
export { OnMailboxBatch, OnMailboxRelease, OnQuery, OnStep } from './handler-decorators.ts';
export { StepContext } from './step-context.ts';
export { NestLog } from './nest-log.ts';
