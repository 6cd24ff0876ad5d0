/** A worker for tests: takes the leases of one kind from WORK, answers them as told, and settles them like a real one. */
import { ensureLaneConsumer } from '@manyhands/broker';
import type { Broker, Outbox, Delivery } from '@manyhands/nats';
import { openLanePuller, type LanePuller } from '../../../libs/worker/src/lane/lane-puller.ts';
import {
  ComputeLease,
  decode,
  encode,
  JsonText,
  mailboxSubjects,
  WORK_QUEUES,
  type LeaseComputed,
  type LeaseFailed,
  type LeaseResult,
} from '@manyhands/proto';

/** What a lease comes to: parts of a result, the partial as a value; `undefined` leaves it unsettled, as if the worker had died. */
export type Answer =
  | (Omit<Partial<LeaseComputed>, 'partial'> & { type: 'LeaseComputed'; partial?: unknown })
  | Pick<LeaseFailed, 'type' | 'error'>
  | undefined;

export interface FakeWorker {
  readonly taken: ComputeLease[];
  stop(): Promise<void>;
}

/** A partial is the number of chunks in it, so the result of a job is its chunk count. */
export function countingAnswer({ task }: ComputeLease): Answer {
  if (task.op === 'compute')
    return { type: 'LeaseComputed', partial: task.end - task.begin, compute_ms: 5 * (task.end - task.begin) };
  return { type: 'LeaseComputed', partial: task.inputs.reduce((sum, input) => sum + Number(input.partial), 0) };
}

export async function startFakeWorker(
  parts: { broker: Broker; outbox: Outbox; kind: string; worker?: string },
  answer: (lease: ComputeLease, delivery: number) => Answer | Promise<Answer> = countingAnswer,
): Promise<FakeWorker> {
  const { broker, outbox, kind, worker = 'fake-worker' } = parts;
  const taken: ComputeLease[] = [];
  const pullers: LanePuller[] = [];
  let stopped = false;

  async function run(delivery: Delivery): Promise<void> {
    const lease = decode(ComputeLease, delivery.data);
    taken.push(lease);
    const answered = await answer(lease, delivery.count);
    if (answered === undefined || stopped) return;
    await outbox.publishAll([
      {
        subject: mailboxSubjects.result(lease.job_id, lease.lease),
        data: encode(resultOf(lease, answered, worker, delivery.count)),
        expectLastSubjectSequence: 0,
      },
    ]);
    delivery.ack();
  }

  for (const queue of WORK_QUEUES) {
    await ensureLaneConsumer(broker, kind, queue);
    const puller = openLanePuller(broker, kind, queue, {
      delivery: (delivery) => void run(delivery).catch((error: unknown) => !stopped && console.error(error)),
      over: () => void (stopped || queueMicrotask(() => puller.want(16, 1_000))),
    });
    pullers.push(puller);
    puller.want(16, 1_000);
    broker.onConnected((connected) => void (connected && puller.want(16, 1_000)));
  }
  return {
    taken,
    async stop() {
      stopped = true;
      await Promise.all(pullers.map((puller) => puller.stop()));
    },
  };
}

function resultOf(
  { job_id, lease, task }: ComputeLease,
  answered: NonNullable<Answer>,
  worker: string,
  delivery: number,
): LeaseResult {
  const about =
    task.op === 'compute'
      ? { op: task.op, begin: task.begin, end: task.end, attempt: task.attempt }
      : { op: task.op, inputs: task.inputs.map((input) => input.id), attempt: task.attempt };
  const head = { v: 1 as const, job_id, lease, about, worker, slot: 0, delivery };
  if (answered.type === 'LeaseFailed') return { ...head, ...answered };
  const { partial, ...computed } = answered;
  return { failed: [], compute_ms: 1, ...head, ...computed, ...(partial !== undefined && { partial: JsonText.of(partial) }) };
}
