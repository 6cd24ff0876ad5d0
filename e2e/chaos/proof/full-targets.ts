/** Every stream and bucket there is, how to fill it without being one of the jobs, and how to empty it again. */
import { BUCKETS, keys, newJobId, newScheduleId, partitionOf, STREAMS, type BucketKey, type StreamKey } from '@manyhands/proto';
import type { Broker } from '@manyhands/nats';
import { bucketStream } from '../../../libs/nats/src/provision/stream-config.ts';

export interface Target {
  stream: string;
  /** As a refusal names it. */
  called: string;
  /** A subject of its own for each message that fills. */
  subject(count: number): string;
  /** Whether jobs need room in it; then they are refused. `either`: without it nobody knows who is there, so they may wait. */
  holdsUpWork: boolean | 'either';
  /** A stream that drops its oldest is never full; it is filled to this part, so that nothing real is dropped. */
  upTo: number;
}

const stream = (key: StreamKey, subject: Target['subject'], holdsUpWork = false, upTo = 1): Target => ({
  stream: STREAMS[key].name,
  called: `stream ${STREAMS[key].name}`,
  subject,
  holdsUpWork,
  upTo,
});
const bucket = (key: BucketKey, fillKey: Target['subject'], holdsUpWork: Target['holdsUpWork'] = false): Target => ({
  stream: bucketStream(BUCKETS[key].name),
  called: `bucket ${BUCKETS[key].name}`,
  subject: (count) => `$KV.${BUCKETS[key].name}.${fillKey(count)}`,
  holdsUpWork,
  upTo: 1,
});
const inMailbox = (job: string): string => `job.${partitionOf(job)}.${job}.filler`;
const nearlyFull = 0.95;

export const FULL_TARGETS = {
  mailbox: stream('mailbox', () => inMailbox(newJobId()), true),
  work: stream('work', () => `work.nobody.normal.${newJobId()}`, true),
  timers: stream('timers', () => `timer.filler.00.${newJobId()}.retry`, true, nearlyFull),
  dead: stream('dead', () => `dead.mailbox.${newJobId()}`),
  events: stream('events', () => `event.filler.${newJobId()}.finished`),
  advisories: stream('advisories', (count) => `$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.WORK.filler${count}`),
  schedules: stream('schedules', () => `schedule.ran.filler.${newScheduleId()}`, false, nearlyFull),
  jobs: bucket('jobs', () => keys.job('filler', newJobId()), true),
  jobState: bucket('jobState', () => keys.jobState(newJobId()), true),
  idempotency: bucket('idempotency', (count) => keys.idempotency('filler', String(count))),
  stats: bucket('stats', (count) => `filler${count}`),
  kinds: bucket('kinds', (count) => `filler${count}`),
  workers: bucket('workers', (count) => `filler${count}`, 'either'),
  coordinators: bucket('coordinators', (count) => `filler${count}`, 'either'),
} as const satisfies Record<string, Target>;
export type TargetName = keyof typeof FULL_TARGETS;

const pieceBytesMax = 900_000;
const pieceBytesMin = 256;

/** Returns how to empty it again: only what filled it goes. */
export async function fillUp(broker: Broker, { stream: name, subject, upTo }: Target): Promise<() => Promise<void>> {
  const filled: string[] = [];
  let piece = pieceBytesMax;
  for (let count = 0; piece >= pieceBytesMin; count += 1) {
    const { state, config } = await broker.manager.streams.info(name);
    const room = config.max_bytes * upTo - state.bytes;
    piece = Math.min(piece, Math.floor(room - 512));
    if (piece < pieceBytesMin) break;
    const under = subject(count);
    const stored = await broker.jetstream.publish(under, 'x'.repeat(piece)).then(
      () => true,
      () => false,
    );
    if (stored) filled.push(under);
    else piece = Math.floor(piece / 2);
  }
  return async () => {
    for (const under of filled) await broker.manager.streams.purge(name, { filter: under });
  };
}
