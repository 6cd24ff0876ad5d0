/** What tests need and nothing else may import: a real nats-server, signals, a fake clock, messages. */
export { startNatsServer, type NatsServer, type NatsServerOptions } from './nats-server.ts';
export { findPostgres, startPostgres, type PostgresServer } from './postgres-server.ts';
export { createIdentities, type NatsIdentities } from './nats-identities.ts';
export { startNetworkLink, type NetworkLink } from './network-link.ts';
export { findNatsServer } from './nats-binary.ts';
export { reservedPort } from './reserved-port.ts';
export { eventually } from './eventually.ts';
export { createSignal, type Signal } from './signal.ts';
export { createFakeClock, type FakeClock } from './fake-clock.ts';
export {
  aSchedule,
  aSubmitJob,
  aCancelJob,
  aPauseJob,
  aRequeueJob,
  aResumeJob,
  aComputeLease,
  aLeaseComputed,
  aLeaseFailed,
  aLeaseProgress,
  aJobView,
  aJobFinished,
  aWorkerHeartbeat,
  aKindRegistration,
} from './builders.ts';
