/**
 * One job with poisoned chunks on the real system: start, submit, wait for its end and for rest, judge.
 *
 * Nobody kills anything here: whatever dies, dies of a chunk.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { decode, DeadChunk, isFinal, JobView, keys, LOCAL_TENANT, WorkerHeartbeat } from '@manyhands/proto';
import { openBroker, openBucket, provision, readStored } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { violationsOf } from '../check/invariants.ts';
import { History, only } from '../history.ts';
import { CALM, type Stage } from '../profile.ts';
import { processorShares } from '../read/processor-share.ts';
import { watchMailbox } from '../read/mailbox-watch.ts';
import { awaitRest, readStoredTruth } from '../read/rest.ts';
import { watchViews } from '../read/views-watch.ts';
import { KINDS_WORKER, startComposedSystem, type ComposedSystem } from '../system/composed-system.ts';
import { POISON_PROMISES, type Crash, type PoisonRun } from './promises.ts';

export interface PoisonSize {
  chunks: number;
  computes: number;
  slots: number;
  /** Milliseconds without renewal after which a lease is handed out again; unset: what the service has. */
  ackWaitMs?: number;
  maxAttempts: number;
  /** From the death of a worker to the first heartbeat of the process in its place. */
  backWithinMs: number;
  endWithinMs: number;
}

export interface PoisonVerdict {
  violations: string[];
  run: PoisonRun;
  /** From the submit to the end of the job. */
  jobSeconds: number;
  seconds: number;
  redelivered: number;
  serverVersion: string;
  historyFile: string;
}

const kinds = join(import.meta.dirname, 'kinds.ts');
const startWithinMs = 90_000;
const restWithinMs = 60_000;
const lookMs = 50;

export async function runPoison(
  size: PoisonSize,
  seed: number,
  folder: string,
  say: (line: string) => void,
): Promise<PoisonVerdict> {
  mkdirSync(folder, { recursive: true });
  const stage: Stage = {
    ...CALM,
    gateways: 1,
    coordinators: 1,
    computes: size.computes,
    slots: size.slots,
    endWithinMs: size.endWithinMs,
  };
  const history = new History(join(folder, 'poison.jsonl'));
  const crashes: Crash[] = [];
  const system = await startComposedSystem(
    stage,
    folder,
    (process, how) => {
      history.add({ what: 'died', process, how });
      if (process.startsWith('compute')) crashes.push({ process, how, atMs: history.nowMs, backAfterMs: undefined });
    },
    {
      instead: {
        compute: {
          script: KINDS_WORKER,
          env: {
            KIND_MODULE: kinds,
            SLOT_MEMORY_MB: '64',
            ...(size.ackWaitMs && { MANYHANDS_ACK_WAIT_MS: String(size.ackWaitMs) }),
          },
        },
      },
    },
  );
  let broker: Broker | undefined;
  try {
    broker = await openBroker({ url: system.natsUrl, name: 'chaos', connectTimeoutMs: startWithinMs });
    await provision(broker);
    const views = await watchViews(broker, history);
    const mailbox = watchMailbox(broker, history);
    const workers = await watchReturns(broker, system, crashes, history);
    const jobId = await submit(system, size, seed, history);
    say(`poison: ${size.chunks} chunks, seed ${seed}, job ${jobId}; history in ${history.file}`);
    const submittedAtMs = history.nowMs;
    const view = await awaitEnd(broker, jobId, size.endWithinMs, () =>
      say(`poison: ${Math.round(history.nowMs / 1000)} s, ${crashes.length} crashes`),
    );
    const jobSeconds = (history.nowMs - submittedAtMs) / 1000;
    const letters = (await readStored(broker, 'dead', 'dead.chunk.>')).map(({ data }) => decode(DeadChunk, data));
    await awaitRest(broker, { workers: size.computes, deadLetters: letters.length, snapshots: 1 }, history, restWithinMs);
    await mailbox.stop();
    await readStoredTruth(broker, system.historyFile, history);
    await Promise.all([views.stop(), workers.stop()]);
    const run: PoisonRun = {
      seed,
      chunks: size.chunks,
      maxAttempts: size.maxAttempts,
      backWithinMs: size.backWithinMs,
      view,
      letters,
      crashes,
      busyAtRest: await busyComputes(system, stage),
    };
    const violations = [
      ...POISON_PROMISES.flatMap(({ id, violations }) => violations(run).map((violation) => `${id}: ${violation}`)),
      ...violationsOf(history.entries).filter((violation) => /^I[3-9]:/.test(violation)),
    ];
    writeFileSync(join(folder, 'poison.json'), JSON.stringify({ violations, run }, null, 2));
    const redelivered = only(history.entries, 'stored-result').filter(({ delivery }) => delivery > 1).length;
    return {
      violations,
      run,
      jobSeconds,
      seconds: Math.round(history.nowMs / 1000),
      redelivered,
      serverVersion: system.serverVersion,
      historyFile: history.file,
    };
  } finally {
    await broker?.close();
    await system.stop();
    await history.close();
  }
}

/** A crash is over with the first heartbeat of the process that took the place of the dead one. */
async function watchReturns(
  broker: Broker,
  system: ComposedSystem,
  crashes: Crash[],
  history: History,
): Promise<{ stop(): Promise<void> }> {
  return (await openBucket(broker, 'workers')).watch('>', {
    entry({ value }) {
      if (value === undefined || value.length === 0) return;
      const { pid } = decode(WorkerHeartbeat, value);
      for (const crash of crashes)
        if (crash.backAfterMs === undefined && system.pidOf(crash.process) === pid)
          crash.backAfterMs = history.nowMs - crash.atMs;
    },
  });
}

/** Tries until the gateway is up and knows the kind. */
async function submit(
  { gateways: [gateway] }: ComposedSystem,
  { chunks, maxAttempts }: PoisonSize,
  seed: number,
  history: History,
): Promise<string> {
  const body = {
    kind: 'poisoned',
    params: { seed },
    chunks,
    on_dead_chunk: 'continue',
    max_attempts: maxAttempts,
    soft_limit_sec: 1,
    hard_limit_sec: 2,
  };
  const startedAtMs = performance.now();
  for (;;) {
    const answer = await fetch(`${gateway}/v1/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).catch(() => undefined);
    if (answer?.status === 202) {
      const { job_id: job } = (await answer.json()) as { job_id: string };
      history.add({
        what: 'submitted',
        job,
        through: gateway!,
        kind: body.kind,
        chunks,
        expected: null,
        afterMs: Math.round(performance.now() - startedAtMs),
      });
      return job;
    }
    if (performance.now() > startedAtMs + startWithinMs)
      throw new Error(
        `the job was not accepted in ${startWithinMs} ms: ${answer === undefined ? 'no answer' : await answer.text()}`,
      );
    await wait(lookMs);
  }
}

async function awaitEnd(broker: Broker, jobId: string, withinMs: number, tell: () => void): Promise<JobView> {
  const jobs = await openBucket(broker, 'jobs');
  const deadline = performance.now() + withinMs;
  const telling = setInterval(tell, 15_000);
  try {
    for (;;) {
      const stored = await jobs.get(keys.job(LOCAL_TENANT, jobId));
      const view = stored?.value && decode(JobView, stored.value);
      if (view && (isFinal(view.status) || performance.now() > deadline)) return view;
      await wait(lookMs);
    }
  } finally {
    clearInterval(telling);
  }
}

async function busyComputes(system: ComposedSystem, { computes }: Stage): Promise<PoisonRun['busyAtRest']> {
  const names = Array.from({ length: computes }, (_, index) => `compute-${index + 1}`).filter(
    (name) => system.pidOf(name) !== undefined,
  );
  const shares = await processorShares(
    names.map((name) => system.pidOf(name)!),
    1_000,
  );
  return names.map((name) => ({ process: name, share: shares.get(system.pidOf(name)!) ?? 0 }));
}
