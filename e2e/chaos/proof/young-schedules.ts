/**
 * Schedules are stored and resumed seconds before they are due, and nats-server is killed until the minute has passed: the run that fell due in between comes once the server is
 * back, once; a paused and a deleted schedule make none.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { readStored, storedSubjects } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { decode, scheduleSubjects, SubmitJob } from '@manyhands/proto';
import { signal } from '../fault/torment.ts';
import type { ContainmentBugName } from '../tap/containment-bugs.ts';
import { prove, tellProof, type Proof, type Verdict } from './proof-system.ts';

export interface YoungSize {
  rounds: number;
  /** Of each kind: stored, resumed, paused, deleted. */
  schedules: number;
}

export interface YoungRun extends YoungSize {
  /** Names of schedules that were due, and by whose answer the run has not come. */
  missed: readonly string[];
  /** Of those that made more than one job for the minute. */
  twice: readonly string[];
  /** Of those whose run has come, and whose next one nothing is set for. */
  silent: readonly string[];
  /** That made a job and were paused or deleted. */
  unwanted: readonly string[];
  kills: number;
  /** Milliseconds after the minute at which all runs had come. */
  madeUpMsMax: number;
}

export const YOUNG: YoungSize = { rounds: 8, schedules: 20 };
export const YOUNG_SHORT: YoungSize = { rounds: 1, schedules: 5 };

const minuteMs = 60_000;
/** Before the minute: enough to store them all on a slow machine. */
const leadMs = 12_000;
/** Behind the minute the server comes back. */
const deadUntilMs = 300;
const madeUpWithinMs = 30_000;
const zones = ['UTC', 'Europe/Berlin', 'America/Havana', 'Asia/Kolkata', 'Australia/Lord_Howe'];
const retryMs = 100;
/** Nothing here refuses an order for so long, however often nats-server dies. */
const answerWithinMs = 60_000;

export function runYoung(
  size: YoungSize,
  seed: number,
  folder: string,
  planted?: ContainmentBugName,
): Promise<Verdict<YoungRun>> {
  return prove(
    'young-schedules',
    { coordinators: 2, computes: 1, ...(planted && { planted }) },
    seed,
    folder,
    (proof) => go(size, proof),
    youngBreaks,
  );
}

async function go(size: YoungSize, proof: Proof): Promise<YoungRun> {
  const run = {
    ...size,
    missed: [] as string[],
    silent: [] as string[],
    twice: [] as string[],
    unwanted: [] as string[],
    kills: 0,
    madeUpMsMax: 0,
  };
  for (let round = 0; round < size.rounds; round += 1) await goRound(proof, size, round, run);
  return run;
}

async function goRound(
  proof: Proof,
  { schedules }: YoungSize,
  round: number,
  run: { missed: string[]; silent: string[]; twice: string[]; unwanted: string[]; kills: number; madeUpMsMax: number },
): Promise<void> {
  await untilBefore(leadMs);
  const dueMs = Math.ceil(Date.now() / minuteMs) * minuteMs;
  const made = await Promise.all(
    ['stored', 'resumed', 'paused', 'deleted'].flatMap((how) =>
      Array.from({ length: schedules }, async (_, index) => ({
        how,
        name: `${how}-${round}-${index}`,
        id: await store(proof, how, zones[index % zones.length]!),
      })),
    ),
  );
  run.kills += await keepDead(proof, dueMs);
  const due = made.filter(({ how }) => how === 'stored' || how === 'resumed');
  let left = due;
  while (left.length > 0 && Date.now() < dueMs + deadUntilMs + madeUpWithinMs) {
    const ran = await Promise.all(left.map(async ({ id }) => (await lastRun(proof, id)) === dueMs));
    left = left.filter((_, index) => !ran[index]);
    await wait(retryMs);
  }
  run.madeUpMsMax = Math.max(run.madeUpMsMax, Date.now() - dueMs);
  run.missed.push(...left.map(({ name }) => name));
  const { subjects } = await storedSubjects(proof.broker, 'schedules', scheduleSubjects.all);
  run.silent.push(
    ...due
      .filter(({ id }) => !subjects.some((subject) => subject.startsWith('schedule.alarm.') && subject.endsWith(id)))
      .map(({ name }) => name),
  );
  const jobs = await jobsOf(proof.broker, dueMs + minuteMs - 1_000);
  run.twice.push(...due.filter(({ id }) => (jobs.get(id) ?? 0) > 1).map(({ name }) => name));
  run.unwanted.push(
    ...made.filter(({ how, id }) => (how === 'paused' || how === 'deleted') && jobs.has(id)).map(({ name }) => name),
  );
  await Promise.all(made.filter(({ how }) => how !== 'deleted').map(({ id }) => call(proof, 'DELETE', `/v1/schedules/${id}`)));
}

/** Waits until so much, and not much more, is left of a minute. */
async function untilBefore(ms: number): Promise<void> {
  const left = minuteMs - (Date.now() % minuteMs);
  await wait(left >= ms ? left - ms : left + minuteMs - ms);
}

async function store(proof: Proof, how: string, zone: string): Promise<string> {
  const answer = await call(proof, 'POST', '/v1/jobs', {
    kind: 'steady',
    params: { ms: 1, every: 0, salt: 0 },
    chunks: 1,
    cron: '* * * * *',
    time_zone: zone,
  });
  const { schedule_id: id } = JSON.parse(answer) as { schedule_id: string };
  if (how === 'resumed' || how === 'paused') await call(proof, 'POST', `/v1/schedules/${id}/pause`);
  if (how === 'resumed') await call(proof, 'POST', `/v1/schedules/${id}/resume`);
  if (how === 'deleted') await call(proof, 'DELETE', `/v1/schedules/${id}`);
  return id;
}

/** Kills the server before the minute, and whenever it comes back until the minute has passed. */
async function keepDead({ system }: Proof, dueMs: number): Promise<number> {
  await wait(Math.max(0, dueMs - 800 - Date.now()));
  let killed: number | undefined;
  let kills = 0;
  while (Date.now() < dueMs + deadUntilMs) {
    const pid = system.pidOf(system.servers[0]!);
    if (pid !== undefined && pid !== killed) {
      signal(pid, 'SIGKILL');
      killed = pid;
      kills += 1;
    }
    await wait(20);
  }
  return kills;
}

/** When the newest run of a schedule was due; while the server is away, never. */
async function lastRun({ gateways: [gateway] }: Proof, id: string): Promise<number | undefined> {
  const answer = await fetch(`${gateway}/v1/schedules/${id}`).catch(() => undefined);
  const text = await answer?.text();
  return answer?.status === 200 ? Date.parse((JSON.parse(text!) as { last_run_at: string | null }).last_run_at ?? '') : undefined;
}

/** How many jobs each schedule has made that were submitted before a time. */
async function jobsOf(broker: Broker, beforeMs: number): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const { data, storedAtMs } of await readStored(broker, 'mailbox', 'job.*.*.submit')) {
    const { schedule_id: id } = decode(SubmitJob, data);
    if (id !== undefined && storedAtMs < beforeMs) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

/** Until it is answered well; 404 is well enough for what is to be gone. */
async function call({ gateways: [gateway] }: Proof, method: string, path: string, body?: object): Promise<string> {
  for (const untilMs = Date.now() + answerWithinMs; ;) {
    const answer = await fetch(`${gateway}${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    }).catch(() => undefined);
    const text = (await answer?.text()) ?? '';
    if (answer !== undefined && (answer.ok || (answer.status === 404 && method === 'DELETE'))) return text;
    if (answer?.status === 400 || answer?.status === 422 || Date.now() > untilMs)
      throw new Error(`${method} ${path}: ${answer?.status ?? 'no answer'} ${text}`);
    await wait(retryMs);
  }
}

/** Pure. */
export function youngBreaks({ missed, silent, twice, unwanted, kills, rounds }: YoungRun): string[] {
  return [
    ...(kills >= rounds ? [] : [`nats-server was killed ${kills} times in ${rounds} rounds`]),
    ...missed.map((name) => `the run of ${name} that was due while nats-server was dead has not come`),
    ...silent.map((name) => `${name} has no alarm for its next run`),
    ...twice.map((name) => `${name} made more than one job for one minute`),
    ...unwanted.map((name) => `${name} made a job`),
  ];
}

export function tellYoung(verdict: Verdict<YoungRun>): number {
  const { rounds, schedules, kills, missed, madeUpMsMax } = verdict.run;
  return tellProof(
    'young-schedules',
    'a crash of nats-server takes no run of a schedule just stored or resumed',
    `${rounds} rounds of ${schedules * 4} schedules, ${kills} kills; ${missed.length} runs missed, all others within ${madeUpMsMax} ms`,
    verdict,
  );
}
