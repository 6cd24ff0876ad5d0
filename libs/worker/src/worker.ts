/**
 * Starts a worker: a process that takes leases, computes them in its slots and stores the results.
 *
 *   starting ──slots and lanes ready──▶ working ──drain──▶ draining ──all settled, or time up──▶ stopped
 *
 * Invariant: the process's event loop never runs the task code, so heartbeats and renewals go on while all slots compute.
 */
import { hostname } from 'node:os';
import { CancelLeases, coreSubjects, decode, LANES, type Lane, ManyhandsError, type WorkerHeartbeat } from '@manyhands/proto';
import { createOutbox, LANE_ACK_WAIT_MS, openBucket, storedAt } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { createLogger, type Logger } from '@manyhands/observe';
import { HandOver } from './lease/hand-over.ts';
import { LeaseDesk } from './lease/lease-desk.ts';
import { LeaseSource } from './lease/lease-source.ts';
import { PROGRESS_INTERVAL_MS, reportProgress } from './lease/progress-report.ts';
import { ResultDesk } from './lease/result-desk.ts';
import { WorkCounts } from './lease/work-counts.ts';
import { JobLog, LOG_PATIENCE_MS } from './log/job-log.ts';
import { Heartbeat } from './presence/heartbeat.ts';
import { buildsOf } from './presence/kind-origin.ts';
import { registerKinds } from './presence/kind-registration.ts';
import { GuardedSlot } from './slot/guarded-slot.ts';
import { textOf } from './slot/log-lines.ts';
import { SLOT_BOUNDS } from './slot/slot-bounds.ts';
import type { KindCard, KindModule, LogLine } from './slot/slot-messages.ts';
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
  /** Only these kinds of the modules; default all. */
  kinds?: readonly string[];
  /** Only these lanes; default all. */
  lanes?: readonly Lane[];
  log?: Logger;
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

/** Throws `bad_request` when a kind cannot be loaded or is unknown; the sentence states what to change. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { broker } = options;
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
  const slots = Array.from(
    { length: options.slots },
    (_, index) =>
      new GuardedSlot({
        index,
        kindModules: options.kindModules.map(moduleOf),
        bounds: SLOT_BOUNDS,
        ...(options.slotMemoryMb !== undefined && { memoryMb: options.slotMemoryMb }),
        idle: () => slotIdle(),
        died: (reason) => log.warn(`slot ${index} is started again: ${reason}`),
        logged: (line, isOfRun) => logged(index, line, isOfRun),
      }),
  );
  const desk: LeaseDesk = new LeaseDesk({
    workerId: id,
    slots,
    results,
    handOver,
    counts,
    ackWaitMs,
    log,
    changed: () => changed(),
  });
  const cards = await startSlots(slots, options.kinds);
  await registerKinds(broker, cards, log).catch(async (error: unknown) => {
    await Promise.all(slots.map((slot) => slot.close()));
    throw error;
  });
  const kinds = cards.map((card) => card.name);
  const builds = buildsOf(cards);

  const heartbeat = new Heartbeat({ bucket: await openBucket(broker, 'workers'), workerId: id, state, log });
  const source = new LeaseSource({
    broker,
    kinds,
    lanes: options.lanes ?? LANES,
    consumer: { ackWaitMs },
    mendAfterMs: options.mendAfterMs,
    room: () => desk.room,
    yieldable: () => desk.yieldable,
    take: (delivery) => desk.take(delivery),
  });
  const unwatch = broker.onConnected((now) => sayConnected(now));
  const unhear = broker.subscribe(coreSubjects.cancelLeases, (data) => cancel(data));
  await heartbeat.start();
  phase = 'working';
  await source.open();
  const ticking = setInterval(tick, PROGRESS_INTERVAL_MS);

  function slotIdle(): void {
    desk.start();
    changed();
  }

  /** What code writes after its run is of no job that is known. */
  function logged(slot: number, line: LogLine, isOfRun: boolean): void {
    const lease = isOfRun ? desk.running().find((held) => held.slot === slots[slot])?.lease : undefined;
    log[line.level](lease ? { kind: lease.kind, job: lease.job_id } : {}, textOf(line));
    if (lease) jobLog.add(lease, slot, line);
  }

  function changed(): void {
    if (phase === 'starting') return;
    if (phase === 'working') source.ask();
    heartbeat.touch();
  }

  function tick(): void {
    const nowMs = performance.now();
    reportProgress(broker, id, desk.running(), nowMs);
    if (connected) desk.handBackStale(nowMs);
    for (const slot of slots) slot.watch(nowMs);
  }

  function sayConnected(now: boolean): void {
    if (now === connected) return;
    connected = now;
    log.warn(
      now
        ? 'NATS is reachable again: the results that waited are stored'
        : `NATS is not reachable: ${desk.running().length} leases are still computed; their results are stored when it is reachable again`,
    );
  }

  function cancel(data: Uint8Array): void {
    try {
      desk.cancel(decode(CancelLeases, data));
    } catch (error) {
      log.warn({ err: error }, 'a cancel message cannot be read');
    }
  }

  function state(): WorkerHeartbeat {
    const running = desk.running();
    return {
      v: 1,
      type: 'WorkerHeartbeat',
      worker: id,
      host: hostname(),
      pid: process.pid,
      kinds,
      slots: slots.length,
      builds,
      busy_slots: running.length,
      leases: running.map(({ lease }) => ({ job_id: lease.job_id, lease: lease.lease, kind: lease.kind })),
      leases_done: counts.leasesDone,
      chunks_done: counts.chunksDone,
      chunks_failed: counts.chunksFailed,
      memory_mb: Math.round(process.memoryUsage.rss() / 1024 / 1024),
      started_at: startedAt,
      beat_at: new Date().toISOString(),
      draining: phase === 'draining',
    };
  }

  async function stop(withinMs: number): Promise<void> {
    phase = 'draining';
    heartbeat.touch();
    await source.close();
    const inTime = await within(desk.drain(), withinMs);
    broker.hurry();
    if (!inTime) {
      log.info(`handing over ${desk.running().length} leases that did not end within ${withinMs / 1000} s`);
      if (!(await within(desk.abandon(), HAND_OVER_WITHIN_MS))) handOver.abandon();
    }
    unhear();
    unwatch();
    clearInterval(ticking);
    results.close();
    await Promise.all(slots.map((slot) => slot.close()));
    await Promise.all([jobLog.close(LOGS_WITHIN_MS), heartbeat.stop()]);
  }

  let stopping: Promise<void> | undefined;
  return { id, kinds, heartbeat: state, drain: (withinMs = DRAIN_WITHIN_MS) => (stopping ??= stop(withinMs)) };
}

function moduleOf(module: URL | string | KindModule): KindModule {
  return typeof module === 'object' && 'address' in module ? module : { address: String(module) };
}

async function startSlots(slots: readonly GuardedSlot[], wanted: readonly string[] | undefined): Promise<KindCard[]> {
  try {
    const [cards = []] = await Promise.all(slots.map((slot) => slot.start()));
    const unknown = (wanted ?? []).filter((kind) => !cards.some((card) => card.name === kind));
    if (unknown.length > 0)
      throw new Error(`no task is named ${unknown.join(', ')}; there are: ${cards.map((card) => card.name).join(', ')}`);
    return wanted ? cards.filter((card) => wanted.includes(card.name)) : cards;
  } catch (cause) {
    await Promise.all(slots.map((slot) => slot.close()));
    throw new ManyhandsError('bad_request', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

async function within(work: Promise<void>, withinMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), withinMs)));
  const inTime = await Promise.race([work.then(() => true), timeUp]);
  clearTimeout(timer);
  return inTime;
}
