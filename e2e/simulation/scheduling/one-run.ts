/**
 * Whole jobs on the real job actor in virtual time: what users wait for, and what slots do meanwhile, for one set of heuristics.
 *
 * Simulated are queue, slots and costs: a slot takes a young lease first and leaves each fifth to grown jobs; a lease costs messages besides its
 * chunks; the coordinator and the broker work through one message after the other. Nothing is by chance: the same run gives the same figures.
 */
import type { MailboxMessage } from '@manyhands/actor';
import { isFinal, runOf, type ComputeLease, type LeaseComputed, type SubmitJob } from '@manyhands/proto';
import { aLeaseComputed, aLeaseFailed, aSubmitJob } from '@manyhands/testkit';
import { jobBehaviour, type JobMessage, type JobSurroundings } from '../../../services/coordinator/src/job/job.actor.ts';
import type { JobState } from '../../../services/coordinator/src/job/state.ts';
import { ActiveJobs } from '../../../services/coordinator/src/scheduling/active-jobs.ts';
import { PaceMemory } from '../../../services/coordinator/src/scheduling/pace-memory.ts';
import { TimerQueue } from '../timer-queue.ts';

/** Milliseconds a lease is on its way: stored, pulled, and its result stored. A slot has its next lease by then, if one waits. */
const WAY_MS = 1;
/** Milliseconds of a slot for a lease, besides its chunks. */
const LEASE_MS = 0.1;
/** Milliseconds of broker and coordinator for one message; they are worked through one after the other. */
const MESSAGE_MS = 0.1;
/** Milliseconds after which the lease of a dead slot is handed out again. */
const ACK_WAIT_MS = 10_000;

const END_MS = 3_600_000;
const THROWN = { message: 'boom', retryable: true };

export interface PlannedJob {
  /** Small jobs are what people wait for; the others are what keeps slots busy. */
  small?: true;
  atMs: number;
  tenant?: string;
  chunks: number;
  /** Jobs of one shape have equal params. */
  shape?: number;
  /** Milliseconds of a chunk. */
  chunkMs(chunk: number): number;
  /** Whether this run of a chunk throws, or takes its whole lease with it. */
  fate?(chunk: number, run: number): 'throws' | 'kills' | undefined;
}

export interface Scenario {
  name: string;
  slots: number;
  jobs: readonly PlannedJob[];
  /** The operator's bound. */
  leaseChunksMax?: number;
  /** How many times as long a slot takes; infinite: it is dead. */
  slowness?(slot: number): number;
}

export interface Figures {
  /** Milliseconds until the last job is over. */
  makespan: number;
  /** Milliseconds of the slowest tenth of the small jobs. */
  small: number;
  /** Part of the slots' time without chunks to compute, in percent. */
  idle: number;
  /** Leases, and views that are stored at once: what broker and disk have to do. */
  messages: number;
  /** Chunks that were computed and did not count. */
  wasted: number;
}

interface Job {
  plan: PlannedJob;
  submit: SubmitJob;
  state: JobState | null;
  endedAtMs: number;
}

export function runScenario({ slots, jobs: planned, leaseChunksMax, slowness = () => 1 }: Scenario): Figures {
  const queue = new TimerQueue();
  let nowMs = 0;
  const at = (atMs: number, due: () => void): void => void queue.add({ atMs, owner: undefined, due });
  const active = new ActiveJobs();
  const paces = new PaceMemory();
  const waiting: { young: ComputeLease[]; grown: ComputeLease[] } = { young: [], grown: [] };
  const free = new Set(Array.from({ length: slots }, (_, slot) => slot));
  const cancelled = new Set<string>();
  const jobs = new Map<string, Job>();
  const figures: Figures = { makespan: 0, small: 0, idle: 0, messages: 0, wasted: 0 };
  let sequence = 0;
  let open = planned.length;
  let pulls = 0;
  let busyMs = 0;
  let freeAtMs = 0;
  const surroundings: JobSurroundings = {
    slotsOf: () => slots,
    shareOf: (submit) => active.shareOf(submit),
    paceOf: (submit) => paces.paceOf(submit),
    ...(leaseChunksMax !== undefined && { leaseChunksMax }),
  };

  /** One message through broker and coordinator. */
  function send(job: Job, message: JobMessage): void {
    figures.messages += 1;
    freeAtMs = Math.max(freeAtMs, nowMs + WAY_MS) + MESSAGE_MS;
    at(freeAtMs, () => take(job, message));
  }

  function take(job: Job, message: JobMessage): void {
    if (job.state !== null && isFinal(job.state.status)) return;
    const before = job.state?.duplicateResults ?? 0;
    const mail: MailboxMessage<JobMessage> = {
      actorId: job.submit.job_id,
      sequence: (sequence += 1),
      storedAtMs: Math.floor(nowMs),
      redelivered: false,
      message,
    };
    const { state, effects } = jobBehaviour.decide(job.state, mail, surroundings);
    job.state = state;
    if (message.type === 'LeaseComputed' && state!.duplicateResults > before && message.about.op === 'compute')
      figures.wasted += message.about.end - message.about.begin;
    for (const effect of effects) {
      if (effect.do === 'publish_lease') lease(effect.lease);
      if (effect.do === 'set_timer') at(Math.max(nowMs, effect.timer.at_ms), () => take(job, effect.timer));
      if (effect.do === 'cancel_lease') cancelled.add(`${effect.jobId} ${effect.lease}`);
      if (effect.do === 'save_view') {
        active.see(effect.state);
        if (effect.urgency === 'status' || effect.urgency === 'final') figures.messages += 1;
        if (effect.urgency === 'final') paces.remember(effect.state);
      }
    }
    if (isFinal(state!.status)) {
      job.endedAtMs = nowMs;
      open -= 1;
      active.forget(job.submit.job_id);
      for (const kind of ['young', 'grown'] as const)
        waiting[kind] = waiting[kind].filter(({ job_id }) => job_id !== job.submit.job_id);
    }
  }

  function lease(given: ComputeLease): void {
    figures.messages += 1;
    freeAtMs = Math.max(freeAtMs, nowMs) + MESSAGE_MS;
    at(freeAtMs + WAY_MS, () => {
      waiting[given.young ? 'young' : 'grown'].push(given);
      pull();
    });
  }

  function pull(): void {
    for (const slot of free) {
      const turnOfGrown = pulls % 5 === 4;
      const [first, second] = turnOfGrown ? [waiting.grown, waiting.young] : [waiting.young, waiting.grown];
      const next = first.shift() ?? second.shift();
      if (next === undefined) return;
      pulls += 1;
      free.delete(slot);
      compute(slot, next);
    }
  }

  function compute(slot: number, given: ComputeLease): void {
    const { job_id, lease: id, task } = given;
    const job = jobs.get(job_id)!;
    const again = (): void => void (free.add(slot), pull());
    if (cancelled.has(`${job_id} ${id}`)) return again();
    if (task.op === 'merge') {
      const about = { op: 'merge' as const, inputs: task.inputs.map(({ id }) => id), attempt: task.attempt };
      return at(nowMs + LEASE_MS, () => (send(job, aLeaseComputed({ job_id, lease: id, about, partial: 0 })), again()));
    }
    const { begin, end, attempt } = task;
    let ms = 0;
    const failed: LeaseComputed['failed'] = [];
    for (let chunk = begin; chunk < end; chunk += 1) {
      ms += job.plan.chunkMs(chunk);
      const fate = job.plan.fate?.(chunk, runOf(attempt));
      if (fate === 'throws') failed.push({ chunk, error: { ...THROWN, code: 'compute_failed' } });
      if (fate !== 'kills') continue;
      figures.wasted += chunk - begin;
      at(nowMs + LEASE_MS + ms, () => {
        send(job, aLeaseFailed({ job_id, lease: id, begin, end, attempt, error: { ...THROWN, code: 'worker_lost' } }));
        again();
      });
      return;
    }
    const takesMs = ms * slowness(slot);
    if (takesMs === Infinity) {
      at(nowMs + ACK_WAIT_MS, () => (waiting.grown.unshift(given), pull()));
      return;
    }
    busyMs += ms;
    at(nowMs + LEASE_MS + takesMs, () => {
      send(job, aLeaseComputed({ job_id, lease: id, begin, end, attempt, failed, compute_ms: takesMs, partial: 0 }));
      again();
    });
  }

  planned.forEach((plan, index) =>
    at(plan.atMs, () => {
      const submit = aSubmitJob({
        job_id: `01990000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`,
        tenant: plan.tenant ?? 'local',
        chunks: plan.chunks,
        params: { shape: plan.shape ?? index },
        on_dead_chunk: 'continue',
      });
      const job: Job = { plan, submit, state: null, endedAtMs: Infinity };
      jobs.set(submit.job_id, job);
      send(job, submit);
    }),
  );
  while (open > 0) {
    nowMs = queue.nextAtMs;
    if (nowMs > END_MS) throw new Error(`${open} jobs are not over after ${END_MS} ms`);
    queue.takeDue(nowMs)!.due();
  }

  const all = [...jobs.values()];
  const waits = all
    .filter(({ plan }) => plan.small)
    .map(({ plan, endedAtMs }) => endedAtMs - plan.atMs)
    .sort((a, b) => a - b);
  figures.makespan = Math.max(...all.map(({ endedAtMs }) => endedAtMs));
  figures.small = waits[Math.floor(waits.length * 0.9)] ?? 0;
  figures.idle = 100 * (1 - busyMs / (slots * figures.makespan));
  return figures;
}
