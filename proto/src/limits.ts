/** The limits users can meet. Each has a test that goes one past it. Imports nothing, so that a browser can load it alone (`@manyhands/proto/limits`). */
export const limits = {
  /** Chunks in one job. */
  chunkCountMax: 1_000_000,
  /** What a job without an account may be: `n` of its sum, and its chunks. */
  demoNMax: 10_000,
  demoChunksMax: 8,
  /** Jobs without an account that are under way at once, of all visitors. */
  demoJobsMax: 50,
  /** Bytes of a job's params as JSON; they travel in every lease. */
  paramsBytesMax: 64 * 1024,
  /** Characters of params as JSON that an estimate is asked for: they stand in the address. */
  estimateParamsCharsMax: 2_000,
  /** Characters of one line that task code logs, with its fields. */
  logLineCharsMax: 2_000,
  /** Lines of one job that are kept: its newest. */
  logLinesPerJobMax: 10_000,
  /** Lines in one page, and without a `limit`. */
  logPageMax: 1_000,
  logPageDefault: 200,
  /** Jobs whose lines one gateway follows at a time, for however many clients. */
  logsFollowedMax: 100,
  /** The same of jobs whose answered leases are followed. */
  leasesFollowedMax: 100,
  /** Bytes of an HTTP request body. */
  bodyBytesMax: 1024 * 1024,
  /** Bytes of one input as it is sent. */
  inputBytesMax: 2 * 1024 ** 3,
  /** Records of one input. */
  inputRecordsMax: 1_000_000,
  /** Records in one batch of an input: one chunk. */
  inputBatchMax: 10_000,
  /** Bytes of one record of an input, of one line of the results, and of one stored part. */
  partBytesMax: 512 * 1024,
  /** Requests in one batch, and bytes of its file: those of OpenAI's Batch API. */
  batchRequestsMax: 50_000,
  batchFileBytesMax: 200 * 1024 ** 2,
  /** Characters of the name of such a file, and of the name that a request has in it. */
  batchFileNameCharsMax: 255,
  batchCustomIdCharsMax: 512,
  /** Names and values that are kept with a batch, and characters of each. */
  batchMetadataMax: 16,
  batchMetadataNameCharsMax: 64,
  batchMetadataValueCharsMax: 512,
  /** Inputs that are uploaded to one gateway at once; one account may have half of the places. */
  uploadsMax: 16,
  /** WebSockets and event streams that one gateway has open for one tenant, so that no tenant takes the room of all others. */
  streamsPerTenantMax: 1_000,
  /** Results, failures and answers that one gateway sends at once; half of them to one account at most. */
  downloadsMax: 32,
  /** Bytes of one partial or result as JSON. */
  partialBytesMax: 512 * 1024,
  /** Bytes of a partial as JSON that travels in a message; a larger one is stored. */
  inlinePartialBytesMax: 256 * 1024,
  /** Bytes of a stored partial or answer, and of the stored partials handed to one merge lease. */
  storedPartialBytesMax: 64 * 1024 ** 2,
  /** Bytes of the lines of one lease that travel in its result; more are stored. */
  inlineLinesBytesMax: 16 * 1024,
  /** Bytes of one run of lines after which neighbours are not joined with it. */
  linesRunBytesMax: 8 * 1024 ** 2,
  /** Bytes of all lines of one job. */
  linesBytesMax: 4 * 1024 ** 3,
  /** Bytes of one file that task code leaves, characters of its name, and files of one job. */
  fileBytesMax: 256 * 1024 ** 2,
  fileNameCharsMax: 80,
  filesPerJobMax: 10_000,
  /** Chunks of one job at once, and chunks that wait at once in one thread, as far as a kind or a job may ask. */
  atOnceMax: 10_000,
  concurrencyMax: 1_000,
  /** Characters of the name of a rate, and calls a second under it. */
  paceNameCharsMax: 100,
  pacePerSecMin: 0.001,
  pacePerSecMax: 10_000,
  /** Tags of one job, and characters of a name and of a value. */
  tagsMax: 10,
  tagCharsMax: 64,
  /** Characters of the address that is notified of the end of a job, and of the answer that is sent along as JSON. */
  notifyUrlCharsMax: 2_000,
  notifyResultCharsMax: 4_096,
  /** Jobs that one request may change. */
  bulkJobsMax: 100,
  /** Dead letters that are looked at for one answer about what they have in common: the newest. */
  failureLettersMax: 10_000,
  /** Characters of what jobs are searched for. */
  searchCharsMax: 100,
  /** Seconds of a duration that finished jobs are searched for: 31 years. */
  searchSecMax: 1_000_000_000,
  /** Finished jobs in one CSV file. */
  exportRowsMax: 100_000,
  /** Days of UTC of which one answer shows how finished jobs went, kinds that it counts apart, and jobs that are looked at for it: the newest. */
  trendDaysMax: 90,
  trendKindsMax: 10,
  trendJobsMax: 100_000,
  /** Arrays and objects one inside the other, in a body, a partial or a result. */
  jsonDepthMax: 500,
  /** The same in a job's params. */
  paramsDepthMax: 32,
  /** Bytes of one message on the wire; the server's max_payload. */
  messageBytesMax: 1024 * 1024,
  /** Bytes of partials handed to one merge lease. */
  mergeInputBytesMax: 512 * 1024,
  /** Partials handed to one merge lease. */
  mergeInputCountMax: 256,
  /** Attempts of one chunk before it is dead. */
  attemptsMax: 3,
  /** The most runs a job may ask for. */
  attemptsMaxMax: 10,
  /** Seconds after which the task code is asked to stop a chunk, unless the job sets another. */
  softLimitSec: 300,
  /** Seconds after which the thread of a chunk is ended, unless the job sets another. */
  hardLimitSec: 360,
  /** The shortest and the longest limit a job may ask for. */
  timeLimitSecMin: 0.1,
  timeLimitSecMax: 86_400,
  /** Milliseconds before a failed chunk runs again: this, then double each time, up to the longest, spread over half. */
  retryDelayMsFirst: 500,
  retryDelayMsMax: 30_000,
  /** Milliseconds that the task code may ask a chunk to wait before it runs again. */
  retryAfterMsMax: 3_600_000,
  /** Dead letters one job writes in one round; further dead chunks are only in its view. */
  deadLettersPerRoundMax: 100_000,
  /** Spans, and chunks in them, of a requeue that names its chunks. */
  requeueSpansMax: 1_000,
  requeueChunksMax: 10_000,
  /** Deliveries of one lease before its worker reports it as `worker_lost` instead of running it. */
  deliveriesMax: 3,
  /** Answered leases that are kept of a job, the newest; and how many of them are one message. */
  leasesKeptMax: 5_000,
  leasesPageMax: 100,
  /** Minutes of answered leases of all jobs that one gateway shows, the newest of each slot, and slots. */
  clusterMinutes: 10,
  clusterLeasesPerSlotMax: 600,
  clusterSlotsMax: 1_024,
  /** Minutes for which a worker that is gone is still shown, and workers that are. */
  goneWorkerMinutes: 15,
  goneWorkersMax: 200,
  /** Intervals in a view's chunk map; more are coarsened. */
  viewIntervalsMax: 2_000,
  /** Entries in one page of a list, at most and unless the request sets another. */
  pageSizeMax: 200,
  pageSizeDefault: 20,
  /** Characters of a cron expression. */
  cronCharsMax: 200,
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
  /** Characters of a password. The shortest is what is asked of passwords without a second factor (NIST SP 800-63B). */
  passwordCharsMin: 15,
  passwordCharsMax: 256,
  /** Characters of an address for mail (RFC 5321). */
  emailCharsMax: 254,
  /** API keys of one user, and characters of the name of one. */
  keysMax: 100,
  keyNameCharsMax: 100,
  /** Days ahead that an API key may expire, where it does. */
  keyDaysMax: 1_830,
  /** Hours that a share link is good: unless it is made with others, and at most. */
  shareHoursDefault: 168,
  shareHoursMax: 720,
  /** Share links of one job, and of all jobs of one tenant, that are good at once. */
  sharesPerJobMax: 10,
  sharesMax: 200,
  /** Bytes of a result as JSON that a share link shows whole, and of the beginning of a larger one. */
  sharedResultBytesMax: 64 * 1024,
  sharedPartBytesMax: 16 * 1024,
  /** Sessions of one user; another one ends the oldest. */
  sessionsMax: 100,
  /** Characters of the address of a page to show after a sign-in at a provider: it travels in a cookie. */
  pageAddressCharsMax: 1_000,
} as const;
