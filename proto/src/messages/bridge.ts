/**
 * The WebSocket's language at `/ws`.
 *
 * Client to server: one JSON command per text frame. Server to client: a one-line JSON head, a newline, then the raw value
 * bytes from KV untouched: `{"topic":"job","key":"local.<job>","revision":17}\n{"job_id":…}`. An empty value means
 * the key is gone. Newest state wins: a slow client skips revisions, it never queues them.
 *
 * A client that has received nothing for a moment may ask `{"do":"ask","topic":"alive"}`: a page cannot see the pings of a WebSocket, and a connection
 * whose other end is gone looks like one where nothing happens. The answer is one frame of that topic.
 *
 * A client that has sent no command within two seconds is sent the events of another task queue instead, until it sends one (services/gateway/src/compat/lane-events.ts):
 * none of their frames has a `topic`.
 *
 * Topics: `job` (needs `id`: one job), `logs` (needs `id`: the newest lines that the job's task code logged, then each as it comes), `leases` (needs `id`: the pages of its answered leases, then each page that changes), `jobs` (the newest page of the caller's jobs, then every change of any), `workers`, `kinds`, `stats`.
 * With `"rows":true` the values of `jobs` leave out the chunk map and the time split (`chunks`, `timing`), which no row of a list shows and which are most of the bytes of a large job.
 *
 * With `"changes":true` a `job` is followed in small frames. The first is its view, of topic `job`; one of topic `changes` is an object of the fields that are not as they were in the
 * frame before: an object in it is merged into the one before in the same way, anything else takes the place of what was there, and no field goes. A frame of topic `job` is the whole view
 * again, and comes where other fields changed than those of a job that runs, and to a client that was behind. Of `timing` there are `ms`, `slots`, `leases` and `busy`; the rest of it is most of
 * the bytes of a small job, and `GET /v1/jobs/:id` has it.
 *
 * With `"brief":true` beside it, which is for one job at a time, the heads of its `changes` have neither `key` nor `revision`, and `rate` and `eta_sec` have four digits: a client that follows
 * several jobs in this way cannot know whose changes come. A gateway that does not know it sends them as without it.
 *
 * An administrator may add `tenant` to the first four: of that tenant instead of their own, and `*` for the jobs of all. Only administrators may have `stats`; of workers
 * other users are sent what can be computed, without hosts and leases.
 */
import { z } from 'zod';
import { JobId, Tenant } from '../ids.ts';

export const BRIDGE_TOPICS = ['job', 'logs', 'leases', 'jobs', 'workers', 'kinds', 'stats'] as const;

const doing = z.enum(['subscribe', 'unsubscribe']);

export const BridgeCommand = z.discriminatedUnion('topic', [
  z.object({
    do: doing,
    topic: z.literal('job'),
    id: JobId,
    tenant: Tenant.optional(),
    changes: z.literal(true).optional(),
    brief: z.literal(true).optional(),
  }),
  z.object({ do: doing, topic: z.enum(['logs', 'leases']), id: JobId, tenant: Tenant.optional() }),
  z.object({
    do: doing,
    topic: z.literal('jobs'),
    tenant: z.union([Tenant, z.literal('*')]).optional(),
    rows: z.literal(true).optional(),
  }),
  z.object({ do: doing, topic: z.enum(['workers', 'kinds', 'stats']), tenant: z.undefined().optional() }),
  z.object({ do: z.literal('ask'), topic: z.literal('alive') }),
]);
export type BridgeCommand = z.infer<typeof BridgeCommand>;

/**
 * First line of each frame from the server. Besides the topics there are `changes` (of a job, see above), `ready` (all current values of a just subscribed topic
 * were sent; no value; `key` is the topic, of another tenant's jobs `jobs <tenant>`, for `job` the job's key, for `logs` `log.<tenant>.<job>`; a frame of `logs` is one `LogLine`, its revision the line's id; for `leases` `answered.<tenant>.<job>`, and a frame is one `AnsweredLeases`), `error` (value: `{"detail":"…"}`) and `alive` (value: `{"current":true}`, false
 * while the gateway cannot know whether what it sends is the newest state). `key` and `revision` are missing in brief `changes` alone.
 */
export interface BridgeHead {
  topic: (typeof BRIDGE_TOPICS)[number] | 'changes' | 'ready' | 'error' | 'alive';
  key: string;
  revision: number;
}
