/** The contract between all processes. Start at `flow.ts`. */
export { FLOW, type FlowRow, type FlowStep } from './flow.ts';
export {
  JobId,
  Tenant,
  KindName,
  WorkerId,
  LeaseId,
  Lane,
  LANES,
  LANE_WEIGHTS,
  WORK_QUEUES,
  workQueueOf,
  laneOfQueue,
  type WorkQueue,
  LOCAL_TENANT,
  DEMO_TENANT,
  PARTITION_COUNT,
  PARTITIONS,
  ScheduleId,
  InputId,
  newInputId,
  copiedInputId,
  newJobId,
  newScheduleId,
  UserId,
  newUserId,
  scheduledJobId,
  TIMER_NAMES,
  TimerName,
  partitionOf,
  partitionName,
  computeLeaseId,
  parseComputeLeaseId,
  copyLeaseId,
  mergeLeaseId,
  roundOf,
  runOf,
  ROUND_ATTEMPTS,
  fnv1a,
} from './ids.ts';
export {
  INPUT_OBJECT,
  mailboxSubjects,
  workSubjects,
  advisorySubjects,
  eventSubjects,
  deadSubjects,
  scheduleSubjects,
  timerSubjects,
  artifactSubjects,
  logSubjects,
  answeredSubjects,
  coreSubjects,
  keys,
  parseMailboxSubject,
  parseWorkSubject,
  parseArtifactSubject,
  parseJobKey,
  parseDeadChunkSubject,
  type MailboxAddress,
  type WorkAddress,
} from './subjects.ts';
export { STREAMS, consumers, OWNER_GROUP, type StreamSpec, type StreamKey } from './streams.ts';
export { BUCKETS, HEARTBEAT_INTERVAL_MS, HEARTBEAT_TTL_MS, type BucketSpec, type BucketKey } from './buckets.ts';
export { limits } from './limits.ts';
export { CAPACITY, LOADS, limitBytes, reservedBytes, ROOM_SHARE, STORAGE_GB, type Load } from './capacity.ts';
export { RELEASE } from './release.ts';
export { RETENTION_HOURS, retainedMs } from './retention.ts';
export { parseCron, storedCron, type Cron } from './cron/cron.ts';
export { nextTick, lastTickBefore } from './cron/ticks.ts';
export { alarmAfter, type ScheduleAlarm } from './cron/schedule-alarm.ts';
export { timeZoneName, timeZoneLike } from './cron/zone-names.ts';
export { ManyhandsError, isManyhandsError, ERROR_CODES, type ErrorCode } from './errors.ts';
export { encode, decode, decodeCarrying, ifReadable } from './messages/wire.ts';
export { fieldsOf, JsonText, withoutField, type CutField } from './messages/json-text.ts';
export {
  SubmitJob,
  CancelJob,
  PauseJob,
  ResumeJob,
  DeleteJob,
  JobDeletion,
  ChosenChunks,
  RequeueJob,
  TimerDue,
  timeLimitsOf,
  DeadChunkPolicy,
  JobOutput,
  MaxFailed,
  bounds,
  Tags,
  JsonObject,
} from './messages/job-commands.ts';
export { JOB_ENDS, Notify, type JobEnd } from './messages/notify.ts';
export { WEBHOOK, webhookOf, type WebhookEvent } from './messages/webhook-job.ts';
export {
  ComputeLease,
  LeaseTask,
  MergeInput,
  LeaseSubject,
  LeaseComputed,
  LeaseFailed,
  LeaseResult,
  LeaseProgress,
  CancelLeases,
  PartialJson,
  WireError,
  decodeResult,
  unreadableResult,
  NO_WORKER,
} from './messages/leases.ts';
export { JobView, JobStatus, JOB_STATUSES, Interval, isFinal, pendingView, tryingOf } from './messages/job-view.ts';
export {
  FileName,
  FileRecord,
  InputForm,
  InputRecord,
  InputRef,
  isByItem,
  ResultSegment,
  ResultsRecord,
  StoredRef,
} from './messages/artifact.ts';
export { Schedule, ScheduleRan, JobTemplate, templateOf, submitOf } from './messages/schedule.ts';
export { DeadChunk, FailedRun } from './messages/dead-chunk.ts';
export { ScheduleView, ScheduleStatus } from './messages/schedule-view.ts';
export { LogLevel, LogLine } from './messages/log-line.ts';
export { AnsweredLeases } from './messages/answered-leases.ts';
export { WorkAdvisory } from './messages/work-advisory.ts';
export { BRIEF_MS, JobTiming, TIME_PARTS, TimePart } from './messages/job-timing.ts';
export { KeptJob, QueryKeptJob } from './messages/kept-job.ts';
export { JobFinished, QueryHistory, HistoryPage, QueryStatistics, FinishedStatistics } from './messages/job-finished.ts';
export { DAY_MS, utcDayCount, utcDayEnd, utcDayOf, utcDays, utcDayStart } from './utc-days.ts';
export { JobTrends, QueryTrends } from './messages/job-trends.ts';
export { WorkerHeartbeat, DrainWorker, CoordinatorHeartbeat, KindRegistration } from './messages/presence.ts';
export { QueueDepth, QueueStats } from './messages/queue-stats.ts';
export { PaceState } from './messages/pace-state.ts';
export { ROLES, SCOPES, type Role, type Scope } from './rest/account-answers.ts';
export { AS_TEXT } from './rest/as-text.ts';
export { ANSWERS, FIELD_PROBLEM_TYPES, type Answer, type AnswerName, type FieldProblem } from './rest/answers.ts';
export { BridgeCommand, BRIDGE_TOPICS, type BridgeHead } from './messages/bridge.ts';
export {
  COMPLETION_WINDOW,
  COMPLETION_WINDOW_MS,
  EXPIRED_SENTENCE,
  lineId,
  LLM_ENDPOINTS,
  LLM_KIND,
  LlmRequest,
  readRefusal,
  refusalSentence,
  type LlmEndpoint,
  type LlmLine,
  type LlmParams,
  type LlmRefusal,
} from './llm-batch.ts';
