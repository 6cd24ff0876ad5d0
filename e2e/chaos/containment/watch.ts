/** Looks at the running system, once a second and whenever a process prints or a view changes, and writes down what is seen. */
import { consumers, isFinal, parseJobKey, PARTITIONS, STREAMS, type JobView } from '@manyhands/proto';
import { openBucket, readWhole } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import type { History } from '../history.ts';
import { residentMb } from '../read/resident.ts';
import type { ComposedSystem } from '../system/composed-system.ts';
import { digestOf, type Happening, type Waiting } from './seen.ts';

const lookMs = 1_000;
const answerWithinMs = 3_000;
const text = new TextDecoder();

export interface Watch {
  stop(): Promise<void>;
}

export async function watchSystem(
  broker: Broker,
  system: ComposedSystem,
  coordinators: readonly string[],
  history: History<Happening>,
): Promise<Watch> {
  const stopHearing = system.onPrinted((name, line) => {
    const took = /turn took ([\d.]+) ms/.exec(line)?.[1];
    if (took !== undefined && name.startsWith('coordinator')) history.add({ what: 'turn', process: name, ms: Number(took) });
    if (/slow consumer/i.test(line)) history.add({ what: 'slow-consumer', line: `${name}: ${line.slice(0, 300)}` });
  });
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    const [partitions, ready] = await Promise.all([
      waitingOf(broker),
      isReady(system.gateways[0]!),
      noteRebuilt(broker, history),
    ]);
    if (partitions !== undefined) history.add({ what: 'looked', ready, partitions });
    for (const name of coordinators) {
      const pid = system.pidOf(name);
      const mb = pid === undefined ? undefined : residentMb(pid);
      if (mb !== undefined) history.add({ what: 'memory', process: name, pid: pid!, mb });
    }
  };
  const timer = setInterval(() => void (looking ??= look().finally(() => (looking = undefined))), lookMs);
  return {
    async stop() {
      clearInterval(timer);
      await looking;
      stopHearing();
    },
  };
}

/** Undefined when the server does not answer: then nothing was seen. */
async function waitingOf(broker: Broker): Promise<Waiting[] | undefined> {
  const names = new Map(PARTITIONS.map((partition) => [consumers.partition(partition), partition]));
  const found: Waiting[] = [];
  try {
    for await (const {
      name,
      num_pending: waiting,
      num_ack_pending: unacknowledged,
      delivered,
      ack_floor: floor,
    } of broker.manager.consumers.list(STREAMS.mailbox.name)) {
      const partition = names.get(name);
      if (partition === undefined || waiting + unacknowledged === 0) continue;
      found.push({ partition, waiting, unacknowledged, delivered: delivered.stream_seq, floor: floor.stream_seq });
    }
  } catch {
    return undefined;
  }
  return found;
}

async function isReady(gateway: string): Promise<boolean> {
  return fetch(`${gateway}/readyz`, { signal: AbortSignal.timeout(answerWithinMs) }).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function noteRebuilt(broker: Broker, history: History<Happening>): Promise<void> {
  const entries = await (await openBucket(broker, 'coordinators')).entries().catch(() => []);
  for (const { value } of entries) {
    const { coordinator, counts } = (value === undefined ? undefined : jsonOf(value)) ?? {};
    const count = (counts as Record<string, number> | undefined)?.['jobs_rebuilt'] ?? 0;
    if (count > 0) history.add({ what: 'rebuilt', coordinator: String(coordinator), count });
  }
}

/** Every end of a job, and every beginning after one, in their order. `ended` is called once for each end. */
export async function watchEnds(broker: Broker, history: History<Happening>, ended: (view: JobView) => void): Promise<Watch> {
  const last = new Map<string, { final: boolean; round: number }>();
  // A large answer is read before anything after it is written down.
  let noted: Promise<void> = Promise.resolve();
  async function note(view: JobView): Promise<void> {
    const { job_id: job, status, round = 0 } = view;
    const before = last.get(job);
    const final = isFinal(status);
    last.set(job, { final, round });
    if (!final && before?.final === true) history.add({ what: 'reopened', job, status });
    if (!final || (before?.final === true && before.round === round)) return;
    const { detail, error, completed_chunks: completed, failed_chunks: failed, total_chunks: total } = view;
    const answer = digestOf(await answerOf(broker, view));
    history.add({
      what: 'ended',
      job,
      status,
      answer,
      detail,
      error: error?.message ?? null,
      completed,
      failed,
      total,
      round,
    });
    ended(view);
  }
  const watching = await (
    await openBucket(broker, 'jobs')
  ).watch('>', {
    entry({ key, value }) {
      const view = value === undefined || parseJobKey(key) === undefined ? undefined : readable(value);
      if (view !== undefined) noted = noted.then(() => note(view));
    },
  });
  return {
    async stop() {
      await watching.stop();
      await noted;
    },
  };
}

/** As JSON text, from where it is. One that cannot be read is no answer, and is found as a wrong one. */
async function answerOf(broker: Broker, { tenant, job_id: owner, stored, result }: JobView): Promise<string> {
  if (stored === undefined) return JSON.stringify(result);
  return readWhole(broker, { tenant, owner, name: stored.name }, stored).then(
    (bytes) => text.decode(bytes),
    (error: unknown) => `cannot be read: ${String(error)}`,
  );
}

/** Runs put what nobody can read everywhere. */
function jsonOf(value: Uint8Array): Record<string, unknown> | undefined {
  try {
    return (JSON.parse(text.decode(value)) as Record<string, unknown> | null) ?? undefined;
  } catch {
    return undefined;
  }
}

function readable(value: Uint8Array): JobView | undefined {
  const view = jsonOf(value) as JobView | undefined;
  return typeof view?.job_id === 'string' && typeof view.status === 'string' ? view : undefined;
}
