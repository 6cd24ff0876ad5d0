/** Jobs and lanes as the queue with three lanes has them, and what it is sent. Pure. */
import { JsonObject, limits, type Answer, type JobView, type Lane, type QueueStats } from '@manyhands/proto';
import { z } from 'zod';
import { Field } from '../contract/field.ts';
import { TaskName } from './compat-jobs.ts';
import { failureOf } from './task-state.ts';

export const laneOf: Readonly<Record<string, Lane>> = { high: 'high', medium: 'normal', low: 'low' };
const priorities = ['high', 'medium', 'low'] as const;
const statuses = ['pending', 'processing', 'completed', 'failed'] as const;

export class LaneJobBody {
  @Field(TaskName, { description: 'The kind, with `_` for `-`.', example: 'primes', required: true })
  type?: string;

  @Field(JsonObject, { description: 'Its `params`.', example: { n: 200_000 }, required: true })
  payload?: Record<string, unknown>;

  @Field(z.enum(priorities), { default: 'medium' })
  priority?: (typeof priorities)[number];
}

export class LaneJobsQuery {
  @Field(z.enum(statuses))
  status?: (typeof statuses)[number];
}

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
