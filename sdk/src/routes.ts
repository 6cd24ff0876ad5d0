/**
 * Every route of the API that the client calls: method, address, and the names of its answers in the API's description.
 *
 * Invariant: these are all routes that `/openapi.json` lists, with the same answers (services/gateway/src/contract/sdk.int.spec.ts).
 */
import type { AnswerName } from '@manyhands/proto';

interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Segments like `{id}` are filled in. */
  readonly path: string;
  /** None: an answer without a body, or one that is not JSON. */
  readonly answers: readonly AnswerName[];
}

export const ROUTES = {
  auth: { method: 'GET', path: '/v1/auth', answers: ['AuthState'] },
  signInProviders: { method: 'GET', path: '/v1/auth/providers', answers: ['SignInProviders'] },
  register: { method: 'POST', path: '/v1/auth/register', answers: ['SignedIn'] },
  login: { method: 'POST', path: '/v1/auth/login', answers: ['SignedIn'] },
  loginByLink: { method: 'POST', path: '/v1/auth/link', answers: ['SignedIn'] },
  refresh: { method: 'POST', path: '/v1/auth/refresh', answers: ['SignedIn'] },
  logout: { method: 'POST', path: '/v1/auth/logout', answers: [] },
  logoutEverywhere: { method: 'POST', path: '/v1/auth/logout-everywhere', answers: [] },
  changePassword: { method: 'POST', path: '/v1/auth/password', answers: [] },
  ticket: { method: 'POST', path: '/v1/auth/ticket', answers: ['Ticket'] },
  me: { method: 'GET', path: '/v1/me', answers: ['UserView'] },
  sessions: { method: 'GET', path: '/v1/me/sessions', answers: ['SessionList'] },
  endSession: { method: 'DELETE', path: '/v1/me/sessions/{id}', answers: [] },
  keys: { method: 'GET', path: '/v1/keys', answers: ['KeyList'] },
  createKey: { method: 'POST', path: '/v1/keys', answers: ['KeyCreated'] },
  revokeKey: { method: 'DELETE', path: '/v1/keys/{id}', answers: [] },
  users: { method: 'GET', path: '/v1/users', answers: ['AccountPage'] },
  disableUser: { method: 'POST', path: '/v1/users/{id}/disable', answers: ['AccountView'] },
  enableUser: { method: 'POST', path: '/v1/users/{id}/enable', answers: ['AccountView'] },
  resetPassword: { method: 'POST', path: '/v1/users/{id}/reset-password', answers: ['SignInLink'] },
  setRole: { method: 'POST', path: '/v1/users/{id}/role', answers: ['AccountView'] },
  submit: { method: 'POST', path: '/v1/jobs', answers: ['JobAccepted', 'ScheduleAccepted', 'JobView'] },
  submitDemo: { method: 'POST', path: '/v1/jobs/demo', answers: ['JobAccepted'] },
  getDemo: { method: 'GET', path: '/v1/jobs/demo/{id}', answers: ['JobView'] },
  list: { method: 'GET', path: '/v1/jobs', answers: ['JobPage'] },
  countJobs: { method: 'GET', path: '/v1/jobs/count', answers: ['JobCount'] },
  bulk: { method: 'POST', path: '/v1/jobs/bulk', answers: ['BulkPage'] },
  get: { method: 'GET', path: '/v1/jobs/{id}', answers: ['JobView'] },
  cancel: { method: 'DELETE', path: '/v1/jobs/{id}', answers: [] },
  pause: { method: 'POST', path: '/v1/jobs/{id}/pause', answers: [] },
  resume: { method: 'POST', path: '/v1/jobs/{id}/resume', answers: [] },
  requeue: { method: 'POST', path: '/v1/jobs/{id}/requeue', answers: ['JobRequeued'] },
  deleteJob: { method: 'POST', path: '/v1/jobs/{id}/delete', answers: [] },
  shares: { method: 'GET', path: '/v1/jobs/{id}/shares', answers: ['ShareList'] },
  share: { method: 'POST', path: '/v1/jobs/{id}/shares', answers: ['ShareCreated'] },
  revokeShare: { method: 'DELETE', path: '/v1/jobs/{id}/shares/{share_id}', answers: [] },
  getShared: { method: 'GET', path: '/v1/shares/{token}', answers: ['SharedJob'] },
  chunks: { method: 'GET', path: '/v1/jobs/{id}/chunks', answers: ['ChunkPage'] },
  profile: { method: 'GET', path: '/v1/jobs/{id}/profile', answers: ['JobProfile'] },
  leases: { method: 'GET', path: '/v1/jobs/{id}/leases', answers: ['JobLeases'] },
  results: { method: 'GET', path: '/v1/jobs/{id}/results', answers: ['ResultLine'] },
  failures: { method: 'GET', path: '/v1/jobs/{id}/failures', answers: ['FailureLine'] },
  result: { method: 'GET', path: '/v1/jobs/{id}/result', answers: [] },
  files: { method: 'GET', path: '/v1/jobs/{id}/files', answers: ['FilePage'] },
  file: { method: 'GET', path: '/v1/jobs/{id}/files/{name}', answers: [] },
  logs: { method: 'GET', path: '/v1/jobs/{id}/logs', answers: ['LogPage'] },
  followLogs: { method: 'GET', path: '/v1/jobs/{id}/logs/events', answers: ['LogEvent'] },
  watch: { method: 'GET', path: '/v1/jobs/{id}/events', answers: ['JobEvent'] },
  history: { method: 'GET', path: '/v1/history', answers: ['HistoryPage'] },
  historyCsv: { method: 'GET', path: '/v1/history/csv', answers: [] },
  trends: { method: 'GET', path: '/v1/history/trends', answers: ['HistoryTrends'] },
  kept: { method: 'GET', path: '/v1/jobs/{id}/history', answers: ['KeptJob'] },
  statistics: { method: 'GET', path: '/v1/me/statistics', answers: ['JobStatistics'] },
  deadLetters: { method: 'GET', path: '/v1/dead-letters', answers: ['DeadLetterPage'] },
  discardDeadLetter: { method: 'DELETE', path: '/v1/dead-letters/{id}', answers: [] },
  failureGroups: { method: 'GET', path: '/v1/failures', answers: ['FailureGroups'] },
  failureGroup: { method: 'GET', path: '/v1/failures/{id}', answers: ['FailureGroupJobs'] },
  requeueGroup: { method: 'POST', path: '/v1/failures/{id}/requeue', answers: ['BulkPage'] },
  discardGroup: { method: 'POST', path: '/v1/failures/{id}/discard', answers: ['BulkPage'] },
  upload: { method: 'POST', path: '/v1/inputs', answers: ['InputView'] },
  getInput: { method: 'GET', path: '/v1/inputs/{id}', answers: ['InputView'] },
  deleteInput: { method: 'DELETE', path: '/v1/inputs/{id}', answers: [] },
  schedules: { method: 'GET', path: '/v1/schedules', answers: ['SchedulePage'] },
  getSchedule: { method: 'GET', path: '/v1/schedules/{id}', answers: ['ScheduleView'] },
  pauseSchedule: { method: 'POST', path: '/v1/schedules/{id}/pause', answers: ['ScheduleView'] },
  resumeSchedule: { method: 'POST', path: '/v1/schedules/{id}/resume', answers: ['ScheduleView'] },
  deleteSchedule: { method: 'DELETE', path: '/v1/schedules/{id}', answers: [] },
  kinds: { method: 'GET', path: '/v1/kinds', answers: ['KindList'] },
  estimate: { method: 'GET', path: '/v1/kinds/{id}/estimate', answers: ['KindEstimate'] },
  removeKind: { method: 'DELETE', path: '/v1/kinds/{id}', answers: [] },
  workers: { method: 'GET', path: '/v1/workers', answers: ['WorkerList'] },
  workerRecord: { method: 'GET', path: '/v1/workers/record', answers: ['WorkerRecord'] },
  drainWorker: { method: 'POST', path: '/v1/workers/{id}/drain', answers: ['WorkerDraining'] },
  clusterLeases: { method: 'GET', path: '/v1/leases', answers: ['ClusterLeases'] },
  queues: { method: 'GET', path: '/v1/queues', answers: ['QueueStats'] },
  throughput: { method: 'GET', path: '/v1/throughput', answers: ['Throughput'] },
  metrics: { method: 'GET', path: '/metrics', answers: [] },
  metricsLite: { method: 'GET', path: '/metrics-lite', answers: ['MetricsLite'] },
  alive: { method: 'GET', path: '/healthz', answers: ['Health'] },
  ready: { method: 'GET', path: '/readyz', answers: ['Readiness'] },
  health: { method: 'GET', path: '/monitoring/health', answers: ['SystemHealth'] },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof ROUTES;

/** The name of the answer of a route that has one; `undefined` where it has none. */
export type AnswerOf<Name extends RouteName> = (typeof ROUTES)[Name]['answers'] extends readonly [infer One extends AnswerName]
  ? One
  : undefined;
