/**
 * Starts a worker: a process that takes leases, computes them in its slots and stores the results.
 *
 *   starting ──slots and lanes ready──▶ working ──drain──▶ draining ──all settled, or time up──▶ stopped
 *                                       working ──ordered to drain──▶ draining, for as long as its process is there ──drain──▶ stopped
 *
 * Invariant: the process's event loop never runs the task code, so heartbeats and renewals go on while all slots compute.
 */
import { hostname } from 'node:os';
import {
  CancelLeases,
  type ComputeLease,
  coreSubjects,
  decode,
  DrainWorker,
  LANES,
  type Lane,
  RELEASE,
  type WorkerHeartbeat,
} from '@manyhands/proto';
import { createOutbox, LANE_ACK_WAIT_MS, openBucket, storedAt } from '@manyhands/broker';
import { within, type Broker, type Delivery } from '@manyhands/nats';
import { createLogger, type Logger, type Tracer } from '@manyhands/observe';
import { FileDesk } from './file/file-desk.ts';
import { AnswerStore } from './lease/answer-store.ts';
import { inputsOver, partsOver } from './lease/artifact-access.ts';
import { HandOver } from './lease/hand-over.ts';
import type { HeldLease } from './lease/held-lease.ts';
import { traceLease } from './lease/lease-trace.ts';
import { PROGRESS_INTERVAL_MS, reportProgress } from './lease/progress-report.ts';
import { ResultDesk } from './lease/result-desk.ts';
import { WorkCounts } from './lease/work-counts.ts';
import { WorkGroup } from './lease/work-group.ts';
import { JobLog, LOG_PATIENCE_MS } from './log/job-log.ts';
import { Heartbeat } from './presence/heartbeat.ts';
import { buildsOf } from './presence/kind-origin.ts';
import { registerKinds } from './presence/kind-registration.ts';
import { openPaceDesk } from './pace/pace-desk.ts';
import { textOf } from './slot/line-text.ts';
import { openSandbox, type SandboxOptions } from './slot/confinement.ts';
import { startSlotGroups, type SlotGroup } from './slot/slot-groups.ts';
import type { KindModule, LogLine } from './slot/slot-messages.ts';
import { newWorkerId } from './worker-id.ts';

export interface WorkerOptions {
  broker: Broker;
  /** Modules that export tasks, by address; each slot's thread imports them itself. */
  kindModules: readonly (URL | string | KindModule)[];
  /** Threads that compute. */
  slots: number;
  workerId?: string;
  /** Megabytes of JavaScript objects the task code may hold; one that wants more loses its thread. */
  slotMemoryMb?: number;
  /** Of sandboxed kinds. */
  sandbox?: SandboxOptions;
  /** Only these kinds of the modules; default all. */
  kinds?: readonly string[];
  /** Only these lanes; default all. */
  lanes?: readonly Lane[];
  log?: Logger;
  /** Absent: leases are not traced. It is not closed here. */
  tracer?: Tracer | undefined;
  /** Milliseconds without renewal after which the broker hands a lease out again. Only tests change it. */
  ackWaitMs?: number;
  /** Bytes of results that wait for the server before the slots take nothing new. Only tests change it. */
  waitingBytesMax?: number;
  /** Milliseconds after which a consumer that is missing is created again here. Only tests change it. */
  mendAfterMs?: number;
}

export interface Worker {
  readonly id: string;
  readonly kinds: readonly string[];
  /** What the next heartbeat will hold. */
  heartbeat(): WorkerHeartbeat;
  /** Takes nothing new, hands back what has not begun, finishes what has within `withinMs`, hands the rest over to others, stops. It counts against none of it. */
  drain(withinMs?: number): Promise<void>;
}

const DRAIN_WITHIN_MS = 20_000;
/** What could not be handed over in good order by then is given back. */
const HAND_OVER_WITHIN_MS = 1_500;
/** Lines of the log that are not stored by then are lost. */
const LOGS_WITHIN_MS = 500;
/** A heartbeat lists no more; all of them are counted. */
const LEASES_SHOWN_MAX = 100;

/** Throws `bad_request` when a kind cannot be loaded or is unknown; the sentence states what to change. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { broker, tracer } = options;
  const id = options.workerId ?? newWorkerId();
  const log = (options.log ?? createLogger('compute', { level: 'silent' })).child({ worker: id });
  const ackWaitMs = options.ackWaitMs ?? LANE_ACK_WAIT_MS;
  const startedAt = new Date().toISOString();
  const counts = new WorkCounts();
  let connected = true;
  let phase: 'starting' | 'working' | 'draining' = 'starting';

  const outbox = createOutbox(broker);
  const results = new ResultDesk(outbox, log, options.waitingBytesMax);
  const jobLog = new JobLog(createOutbox(broker, { patienceMs: LOG_PATIENCE_MS }), id);
  const handOver = new HandOver({
    outbox,
    isStored: async (sequence) => (await storedAt(broker, 'work', sequence)) !== undefined,
    log,
  });
  const pace = await openPaceDesk(broker, log);
  const files = new FileDesk(broker, (slot) => leaseIn(slot));
  const sandbox = openSandbox(options.sandbox);
  const { cards, groups } = await startSlotGroups({
    kindModules: options.kindModules.map(moduleOf),
    threads: options.slots,
    memoryMb: options.slotMemoryMb,
    wanted: options.kinds,
    pace: pace.wait,
    sandbox,
    filesOf: (slot) => files.sinkOf(slot),
    logged: (slot, line, isOfRun) => logged(slot, line, isOfRun),
    log,
  });
  const slots = groups.flatMap((group) => group.slots);
  await registerKinds(broker, cards, log).catch(async (error: unknown) => {
    await Promise.all(slots.map((slot) => slot.close()));
    throw error;
  });
  const kinds = cards.map((card) => card.name);
  const kindSlots = kindSlotsOf(groups);
  const builds = buildsOf(cards);
  const sandboxed = cards.filter((card) => card.sandboxed).map(({ name }) => name);
  const isConfined = sandboxed.length > 0 && sandbox.bubblewrap !== undefined;
  const unconfined = sandboxed.length > 0 && !isConfined ? sandboxed : undefined;
  const heartbeat = new Heartbeat({ bucket: await openBucket(broker, 'workers'), workerId: id, state, log });
  const lanes = options.lanes ?? LANES;
  const desk = {
    workerId: id,
    inputs: inputsOver(broker),
    answers: new AnswerStore(results, partsOver(broker, log)),
    handOver,
    counts,
    ackWaitMs,
    trace: tracer && ((lease: ComputeLease, delivery: Delivery) => traceLease(tracer, lease, delivery, id)),
    log,
    changed: () => heartbeat.touch(),
  };
  const work = groups.map(
    (group) =>
      new WorkGroup(group, { ...desk, broker, lanes, confined: isConfined ? sandboxed : [], mendAfterMs: options.mendAfterMs }),
  );

  const unwatch = broker.onConnected((now) => sayConnected(now));
  const unhear = broker.subscribe(coreSubjects.cancelLeases, (data) => cancel(data));
  await heartbeat.start();
  phase = 'working';
  await Promise.all(work.map((group) => group.open()));
  const unheed = broker.subscribe(coreSubjects.drainWorker(id), (data) => retire(data));
  const ticking = setInterval(tick, PROGRESS_INTERVAL_MS);

  function running(): HeldLease[] {
    return work.flatMap((group) => group.desk.running());
  }

  function leaseIn(slot: number): ComputeLease | undefined {
    return running().find((held) => held.slot?.index === slot)?.lease;
  }

  /** What code writes after its run is of no job that is known. */
  function logged(slot: number, line: LogLine, isOfRun: boolean): void {
    const lease = isOfRun ? leaseIn(slot) : undefined;
    log[line.level](lease ? { kind: lease.kind, job: lease.job_id } : {}, textOf(line));
    if (lease) jobLog.add(lease, slot, line);
  }

  function tick(): void {
    const nowMs = performance.now();
    reportProgress(broker, id, running(), nowMs);
    for (const { desk } of work) if (connected) desk.handBackStale(nowMs);
    for (const slot of slots) slot.watch(nowMs);
  }

  function sayConnected(now: boolean): void {
    if (now === connected) return;
    connected = now;
    log.warn(
      now
        ? 'NATS is reachable again: the results that waited are stored'
        : `NATS is not reachable: ${running().length} leases are still computed; their results are stored when it is reachable again`,
    );
  }

  function cancel(data: Uint8Array): void {
    try {
      const order = decode(CancelLeases, data);
      for (const { desk } of work) desk.cancel(order);
    } catch (error) {
      log.warn({ err: error }, 'a cancel message cannot be read');
    }
  }

  /** Takes nothing new from now on, and ends what it has, however long that takes: then its process has nothing to do, and may be ended at any time. */
  function retire(data: Uint8Array): void {
    if (phase === 'draining') return;
    try {
      decode(DrainWorker, data);
    } catch (error) {
      return log.warn({ err: error }, 'an order to drain cannot be read');
    }
    phase = 'draining';
    heartbeat.touch();
    log.info(`ordered to drain: it takes no more leases, and ends the ${running().length} that run`);
    void Promise.all(work.map((group) => group.drain())).then(() => {
      heartbeat.touch();
      log.info('drained: nothing is left to do here, and the process may be ended');
    });
  }

  function state(): WorkerHeartbeat {
    const held = running();
    return {
      v: 1,
      type: 'WorkerHeartbeat',
      worker: id,
      host: hostname(),
      pid: process.pid,
      kinds,
      slots: slots.length,
      builds,
      ...(kindSlots && { kind_slots: kindSlots }),
      ...(unconfined && { unconfined }),
      busy_slots: held.length,
      ...(kindSlots && { busy_kind_slots: busyKindSlots(held, kindSlots) }),
      leases: held.slice(0, LEASES_SHOWN_MAX).map(({ lease, slot, startedAtMs }) => ({
        job_id: lease.job_id,
        lease: lease.lease,
        kind: lease.kind,
        ...(slot && { slot: slot.index, began_at: new Date(Date.now() - (performance.now() - startedAtMs)).toISOString() }),
      })),
      leases_done: counts.leasesDone,
      chunks_done: counts.chunksDone,
      chunks_failed: counts.chunksFailed,
      memory_mb: Math.round(process.memoryUsage.rss() / 1024 / 1024),
      started_at: startedAt,
      beat_at: new Date().toISOString(),
      draining: phase === 'draining',
      release: RELEASE,
    };
  }

  async function stop(withinMs: number): Promise<void> {
    phase = 'draining';
    heartbeat.touch();
    await Promise.all(work.map((group) => group.close()));
    const drained = await within(withinMs, Promise.all(work.map((group) => group.drain())));
    broker.hurry();
    if (drained === undefined) {
      log.info(`handing over ${running().length} leases that did not end within ${withinMs / 1000} s`);
      const abandoned = work.map(({ desk }) => desk.abandon());
      if ((await within(HAND_OVER_WITHIN_MS, Promise.all(abandoned))) === undefined) handOver.abandon();
    }
    unhear();
    unheed();
    unwatch();
    clearInterval(ticking);
    results.close();
    pace.close();
    await Promise.all(slots.map((slot) => slot.close()));
    await Promise.all([jobLog.close(LOGS_WITHIN_MS), heartbeat.stop()]);
  }

  let stopping: Promise<void> | undefined;
  return { id, kinds, heartbeat: state, drain: (withinMs = DRAIN_WITHIN_MS) => (stopping ??= stop(withinMs)) };
}

function moduleOf(module: URL | string | KindModule): KindModule {
  return typeof module === 'object' && 'address' in module ? module : { address: String(module) };
}

/** Of kinds with slots that no other kind can use. */
function kindSlotsOf(groups: readonly SlotGroup[]): Record<string, number> | undefined {
  const own = groups.filter(({ isOfOneKind }) => isOfOneKind).map(({ kinds: [kind], slots }) => [kind, slots.length] as const);
  return own.length > 0 ? Object.fromEntries(own) : undefined;
}

function busyKindSlots(held: readonly HeldLease[], own: Readonly<Record<string, number>>): Record<string, number> {
  const busy: Record<string, number> = {};
  for (const { lease } of held) if (lease.kind in own) busy[lease.kind] = (busy[lease.kind] ?? 0) + 1;
  return busy;
}
