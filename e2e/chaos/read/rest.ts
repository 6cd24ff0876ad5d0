/** Waits until the system has nothing to do, then writes down what it stored and what is left. */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import {
  BUCKETS,
  consumers,
  PARTITIONS,
  STREAMS,
  type JobFinished,
  type JobView,
  WORK_QUEUES,
  type WorkQueue,
  type WorkerHeartbeat,
} from '@manyhands/proto';
import { openBucket, readStored } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { reportQueues } from '../../../services/metrics/src/collect/report-queues.ts';
import { bucketStream } from '../../../libs/nats/src/provision/stream-config.ts';
import { only, type History, type Rest } from '../history.ts';
import { atRest, historyEqualsEvents } from '../check/at-rest.ts';
import { sightOf } from '../load/clients.ts';

const text = new TextDecoder();
const json = <Value>(data: Uint8Array): Value => JSON.parse(text.decode(data)) as Value;
const lookMs = 1_000;

/** What is there at rest. */
export interface RestExpected {
  workers: number;
  deadLetters?: number;
  /** Of jobs that may be requeued. */
  snapshots?: number;
}

/** Looks again and again until nothing else is left, or for `withinMs`: consumers of those that were killed are forgotten after 30 s. */
export async function awaitRest(broker: Broker, expected: RestExpected, history: History, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const rest = await lookAtRest(broker, expected);
    const left = atRest([{ atMs: 0, what: 'rest', rest }]);
    if (left.length === 0 || performance.now() > deadline) {
      history.add({ what: 'rest', rest });
      return;
    }
    await wait(lookMs);
  }
}

async function lookAtRest(broker: Broker, expected: RestExpected): Promise<Rest> {
  const queues = await reportQueues(broker);
  const work = await broker.manager.streams.info(STREAMS.work.name);
  const heartbeats = (await (await openBucket(broker, 'workers')).entries()).map(({ value }) => json<WorkerHeartbeat>(value!));
  const snapshots = await (await openBucket(broker, 'jobState')).entries();
  return {
    workMessages: work.state.messages,
    leasesWaiting: sum(queues.lanes.map(({ waiting }) => waiting)),
    leasesInFlight: sum(queues.lanes.map(({ in_flight }) => in_flight)),
    mailboxWaiting: queues.mailboxWaiting,
    deadLetters: queues.deadLetters - (expected.deadLetters ?? 0),
    snapshots: snapshots.length - (expected.snapshots ?? 0),
    orphanConsumers: await orphanConsumers(broker),
    busySlots: sum(heartbeats.map(({ busy_slots }) => busy_slots)),
    workers: heartbeats.length,
    workersExpected: expected.workers,
  };
}

/** Durable consumers nobody designed, and passing ones nobody listens to. */
async function orphanConsumers(broker: Broker): Promise<string[]> {
  const kinds = (await (await openBucket(broker, 'kinds')).entries()).map(({ key }) => key);
  const designed = new Set<string>([
    ...PARTITIONS.map(consumers.partition),
    consumers.history,
    consumers.dueSchedules,
    consumers.reclaim,
    ...kinds.flatMap((kind) =>
      WORK_QUEUES.flatMap((queue) => [queue, `${queue}-confined` as WorkQueue]).map((queue) => consumers.queue(kind, queue)),
    ),
  ]);
  const orphans: string[] = [];
  for (const stream of [
    ...Object.values(STREAMS).map(({ name }) => name),
    ...Object.values(BUCKETS).map(({ name }) => bucketStream(name)),
  ]) {
    for await (const { name, config, push_bound } of broker.manager.consumers.list(stream)) {
      const passing = config.durable_name === undefined;
      if (passing ? push_bound !== true : !designed.has(name)) orphans.push(`${stream} ${name}`);
    }
  }
  return orphans;
}

/** What the broker and the database hold of every job; mailboxes are gone by then, and read by `mailbox-watch.ts`. */
export async function readStoredTruth(broker: Broker, historyFile: string, history: History): Promise<void> {
  for (const { value, revision } of await (await openBucket(broker, 'jobs')).entries()) {
    const view = json<JobView>(value!);
    history.add({
      what: 'ended',
      revision,
      ...sightOf(view),
      result: view.result,
      done: view.chunks.done,
      workers: view.workers,
      duplicates: view.duplicate_results,
      retries: view.retries,
    });
  }
  for (const { data } of await readStored(broker, 'events', 'event.>')) {
    const { job } = json<JobFinished>(data);
    history.add({ what: 'told', job: job.job_id, status: job.status, result: job.result, completed: job.completed_chunks });
  }
  await readRows(historyFile, history);
}

/** Metrics may still be writing the last rows. */
async function readRows(file: string, history: History): Promise<void> {
  type Row = { job_id: string; status: string; result: string; completed_chunks: number };
  for (let tries = 0; ; tries += 1) {
    const rows = existsSync(file) ? rowsOf<Row>(file) : [];
    const entries = rows.map((row) => ({
      atMs: 0,
      what: 'row' as const,
      job: row.job_id,
      status: row.status,
      result: JSON.parse(row.result) as unknown,
      completed: row.completed_chunks,
    }));
    if (tries === 30 || historyEqualsEvents([...only(history.entries, 'told'), ...entries]).length === 0) {
      for (const { atMs: _, ...entry } of entries) history.add(entry);
      return;
    }
    await wait(lookMs);
  }
}

function rowsOf<Row>(file: string): Row[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database.prepare('SELECT job_id, status, result, completed_chunks FROM jobs').all() as Row[];
  } finally {
    database.close();
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
