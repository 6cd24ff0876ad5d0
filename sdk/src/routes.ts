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
  submit: { method: 'POST', path: '/v1/jobs', answers: ['JobAccepted', 'ScheduleAccepted', 'JobView'] },
  list: { method: 'GET', path: '/v1/jobs', answers: ['JobPage'] },
  get: { method: 'GET', path: '/v1/jobs/{id}', answers: ['JobView'] },
  cancel: { method: 'DELETE', path: '/v1/jobs/{id}', answers: [] },
  pause: { method: 'POST', path: '/v1/jobs/{id}/pause', answers: [] },
  resume: { method: 'POST', path: '/v1/jobs/{id}/resume', answers: [] },
  requeue: { method: 'POST', path: '/v1/jobs/{id}/requeue', answers: ['JobRequeued'] },
  results: { method: 'GET', path: '/v1/jobs/{id}/results', answers: ['ResultLine'] },
  failures: { method: 'GET', path: '/v1/jobs/{id}/failures', answers: ['FailureLine'] },
  result: { method: 'GET', path: '/v1/jobs/{id}/result', answers: [] },
  logs: { method: 'GET', path: '/v1/jobs/{id}/logs', answers: ['LogPage'] },
  followLogs: { method: 'GET', path: '/v1/jobs/{id}/logs/events', answers: ['LogEvents'] },
  watch: { method: 'GET', path: '/v1/jobs/{id}/events', answers: ['JobEvents'] },
  history: { method: 'GET', path: '/v1/history', answers: ['HistoryPage'] },
  deadLetters: { method: 'GET', path: '/v1/dead-letters', answers: ['DeadLetterPage'] },
  discardDeadLetter: { method: 'DELETE', path: '/v1/dead-letters/{id}', answers: [] },
  upload: { method: 'POST', path: '/v1/inputs', answers: ['InputView'] },
  getInput: { method: 'GET', path: '/v1/inputs/{id}', answers: ['InputView'] },
  deleteInput: { method: 'DELETE', path: '/v1/inputs/{id}', answers: [] },
  schedules: { method: 'GET', path: '/v1/schedules', answers: ['SchedulePage'] },
  getSchedule: { method: 'GET', path: '/v1/schedules/{id}', answers: ['ScheduleView'] },
  pauseSchedule: { method: 'POST', path: '/v1/schedules/{id}/pause', answers: ['ScheduleView'] },
  resumeSchedule: { method: 'POST', path: '/v1/schedules/{id}/resume', answers: ['ScheduleView'] },
  deleteSchedule: { method: 'DELETE', path: '/v1/schedules/{id}', answers: [] },
  kinds: { method: 'GET', path: '/v1/kinds', answers: ['KindList'] },
  removeKind: { method: 'DELETE', path: '/v1/kinds/{id}', answers: [] },
  workers: { method: 'GET', path: '/v1/workers', answers: ['WorkerList'] },
  queues: { method: 'GET', path: '/v1/queues', answers: ['QueueStats'] },
  throughput: { method: 'GET', path: '/v1/throughput', answers: ['Throughput'] },
  metrics: { method: 'GET', path: '/metrics', answers: [] },
  alive: { method: 'GET', path: '/healthz', answers: ['Health'] },
  ready: { method: 'GET', path: '/readyz', answers: ['Readiness'] },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof ROUTES;

/** The name of the answer of a route that has one; `undefined` where it has none. */
export type AnswerOf<Name extends RouteName> = (typeof ROUTES)[Name]['answers'] extends readonly [infer One extends AnswerName]
  ? One
  : undefined;
