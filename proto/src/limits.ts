/** The limits users can meet. Each has a test that goes one past it. */
export const limits = {
  /** Chunks in one job. */
  chunkCountMax: 1_000_000,
  /** Bytes of a job's params as JSON; they travel in every lease. */
  paramsBytesMax: 64 * 1024,
  /** Bytes of an HTTP request body. */
  bodyBytesMax: 1024 * 1024,
  /** Bytes of one partial or result as JSON. */
  partialBytesMax: 512 * 1024,
  /** Bytes of one message on the wire; the server's max_payload. */
  messageBytesMax: 1024 * 1024,
  /** Bytes of partials handed to one merge lease. */
  mergeInputBytesMax: 512 * 1024,
  /** Partials handed to one merge lease. */
  mergeInputCountMax: 256,
  /** Runs of one chunk before it is given up. */
  attemptsMax: 3,
  /** Deliveries of one lease before its worker reports it as `worker_lost` instead of running it. */
  deliveriesMax: 3,
  /** Intervals in a view's chunk map; more are coarsened. */
  viewIntervalsMax: 2_000,
  /** Jobs in one page of a list. */
  pageSizeMax: 200,
  /** Schedules of one tenant, paused ones included. */
  schedulesMax: 1_000,
  /** Bytes of all schedules together; over it new ones are refused, since the stream would drop old ones when full. */
  scheduleBytesMax: 128 * 1024 ** 2,
  /** Milliseconds from now to the latest `run_at`: a year and a day. */
  runAtAheadMsMax: 366 * 24 * 3_600_000,
  /** Milliseconds `?wait=` may ask for. */
  waitMsMax: 60_000,
  /** Characters of an `Idempotency-Key`. */
  idempotencyKeyMax: 255,
} as const;
