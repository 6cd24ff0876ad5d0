/** Error codes of the JetStream API that decide something here, by name. Source: nats-server 2.15 `server/errors.json`. */
export const API_CODES = {
  accountExceeded: 10002,
  consumerNotFound: 10014,
  consumerNameInUse: 10013,
  consumerExists: 10148,
  consumerAckPendingExceeded: 10121,
  streamBytesExceeded: 10122,
  insufficientResources: 10023,
  consumersMaximum: 10026,
  streamsMaximum: 10027,
  memoryExceeded: 10028,
  noMessageFound: 10037,
  storageExceeded: 10047,
  messageTooLarge: 10054,
  streamNameInUse: 10058,
  streamNotFound: 10059,
  replicasUnsupported: 10074,
  /** A compare-and-set lost, or an earlier write to the subject is still in flight: read back before believing it. */
  wrongLastSequence: 10071,
  /** The stream is full, among other reasons not to store. */
  storeFailed: 10077,
  /** Right after a leader election. */
  lastSequenceUnavailable: 10163,
  wrongLastSequenceUnknown: 10164,
  tooManyRequests: 10167,
} as const;
