/**
 * The WebSocket of the queue with three lanes: its clients connect to `/ws`, send nothing, and are sent what happens from then on, one JSON text `{"event","data"}` a frame.
 *
 * - `job_created` `{"id","type","priority","status"}`: a job of the caller that waits for its first chunk; `job_updated`, with the same, when its state changes
 * - `worker_heartbeat` `{"workerId","status","timestamp"}`
 * - `queue_update` `{"high","medium","low","total"}`, as `GET /jobs/queue-depths`, for administrators
 */
import { Inject, Injectable } from '@nestjs/common';
import { decode, encode, ifReadable, JobView, keys, QueueStats, WorkerHeartbeat } from '@manyhands/proto';
import type { Caller } from '../identity/caller.ts';
import { isAdministrator } from '../identity/chosen-tenant.ts';
import type { FeedEntry } from '../mirror/feed-entry.ts';
import { Channels } from '../progress/fan-out/channels.ts';
import type { BridgeClient } from '../progress/websocket/bridge-client.ts';
import { textFrame } from '../progress/websocket/bridge-frame.ts';
import { depthsOf, jobOf } from './lane-job.ts';

const subscriptions = ['lanes jobs', 'lanes workers', 'lanes stats'] as const;
const nothing = Buffer.alloc(0);
const newline = Buffer.from('\n');

@Injectable()
export class LaneEvents {
  constructor(@Inject(Channels) private readonly channels: Channels) {}

  join(caller: Caller, client: BridgeClient): void {
    const [jobs, workers, stats] = subscriptions;
    client.join(jobs, this.channels.changes('lanes', caller.tenant, { encode: jobEvent }));
    client.join(workers, this.channels.list('lanes', 'workers', { encode: workerEvent }));
    if (isAdministrator(caller)) client.join(stats, this.channels.list('lanes', 'stats', { encode: queueEvent }));
  }

  leave(client: BridgeClient): void {
    for (const name of subscriptions) client.leave(name);
  }
}

function jobEvent({ value }: FeedEntry): Buffer {
  const view = value && ifReadable(() => decode(JobView, value));
  if (!view) return nothing;
  const { _id: id, type, priority, status } = jobOf(view);
  return frameOf(status === 'pending' ? 'job_created' : 'job_updated', { id, type, priority, status });
}

function workerEvent({ value }: FeedEntry): Buffer {
  const beat = value && ifReadable(() => decode(WorkerHeartbeat, value));
  if (!beat) return nothing;
  const { worker, busy_slots: busy, draining, beat_at: timestamp } = beat;
  return frameOf('worker_heartbeat', { workerId: worker, status: draining ? 'draining' : busy > 0 ? 'busy' : 'idle', timestamp });
}

function queueEvent({ key, value }: FeedEntry): Buffer {
  const stats = key === keys.queues && value ? ifReadable(() => decode(QueueStats, value)) : undefined;
  return stats ? frameOf('queue_update', depthsOf(stats)) : nothing;
}

/** Ends in a newline, behind which the bridge's own clients look for a value: they pass over what has no topic before it. */
function frameOf(event: string, data: object): Buffer {
  return textFrame(encode({ event, data }), newline);
}
