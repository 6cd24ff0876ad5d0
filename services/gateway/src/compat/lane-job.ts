/** Jobs and lanes as the queue with three lanes has them. Pure. */
import { limits, type Answer, type JobView, type Lane, type QueueStats } from '@manyhands/proto';
import { failureOf } from './task-state.ts';

export const laneOf: Readonly<Record<string, Lane>> = { high: 'high', medium: 'normal', low: 'low' };
export const priorities = ['high', 'medium', 'low'] as const;
export const statuses = ['pending', 'processing', 'completed', 'failed'] as const;

/** What that queue calls the state of a job. */
export function statusWord(status: JobView['status']): (typeof statuses)[number] {
  switch (status) {
    case 'pending':
    case 'completed':
    case 'failed':
      return status;
    case 'running':
    case 'paused':
      return 'processing';
    case 'cancelled':
      return 'failed';
  }
}

export function jobOf(view: JobView): Answer<'CompatJob'> {
  const [priority = 'medium'] = priorities.filter((name) => laneOf[name] === view.priority);
  return {
    _id: view.job_id,
    type: view.kind,
    payload: view.params,
    priority,
    status: statusWord(view.status),
    attempts: view.retries,
    maxAttempts: view.max_attempts ?? limits.attemptsMax,
    result: view.result,
    error: failureOf(view),
    createdAt: view.created_at,
    startedAt: view.started_at,
    completedAt: view.finished_at,
  };
}

/** How many leases wait in each lane. */
export function depthsOf({ queues }: Pick<QueueStats, 'queues'>): Answer<'CompatQueueDepths'> {
  const waitingIn = (lane: Lane): number =>
    queues.filter((queue) => queue.lane === lane).reduce((sum, { waiting }) => sum + waiting, 0);
  const [high, medium, low] = [waitingIn('high'), waitingIn('normal'), waitingIn('low')];
  return { high, medium, low, total: high + medium + low };
}
