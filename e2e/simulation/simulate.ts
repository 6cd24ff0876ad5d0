/** Runs one sequence: the jobs of one seed, through their storm, to rest. */
import { BUCKETS, keys, LOCAL_TENANT, STREAMS, workSubjects } from '@manyhands/proto';
import { cutSmall } from './small-parts.ts';
import { SimulatedBroker } from './broker/simulated-broker.ts';
import type { Troubles } from './broker/troubles.ts';
import type { Operation } from './hostility.ts';
import { Ledger } from './ledger.ts';
import type { Mutant } from './mutant.ts';
import { CoordinatorProcess } from './process/coordinator-process.ts';
import { GatewayProcess } from './process/gateway-process.ts';
import { WorkerProcess } from './process/worker-process.ts';
import { Random } from './random.ts';
import { scenarioOf, type Scenario, type SimulatedJob } from './scenario.ts';
import { Schedule } from './schedule.ts';
import { installGlobals } from './simulated-globals.ts';
import { Storm, type Crew } from './storm.ts';
import { StillPartition } from './still-partition.ts';
import { Users } from './users.ts';

/** Steps after the storm within which everything must have come to rest. */
const STEPS_TO_REST_MAX = 60_000;
/** Simulated time after the storm within which every job must have ended, with the slowest merges of all rounds. */
const TIME_TO_REST_MS = 30 * 60_000;
/** Simulated time for what follows the last job's end: views that trail, leases nobody needs. */
const REST_MS = 2_000;

export interface Sequence {
  seed: number;
  scenario: Scenario;
  steps: number;
  simulatedMs: number;
  /** What broke the promises; empty when all held. */
  violations: readonly string[];
  /** Everything stored, in order, told apart from every other run of the seed by one difference. */
  fingerprint: number;
  faults: Readonly<Record<string, number>>;
  executedChunks: number;
  /** Saved states of jobs of which nothing is left to run, that an owner who was replaced left behind; the job keeper removes them. */
  leftBehind: number;
  /** Second leases of stragglers, and leases that made room. */
  copied: number;
  madeRoom: number;
  /** Jobs that were set aside because something of them failed for good. */
  quarantined: number;
  /** Jobs of which some dead chunks were run again, and others were not. */
  partlyRequeued: number;
  /** Jobs that the watch found with nothing under way. */
  rebuilt: number;
  statuses: readonly string[];
}

export interface SimulateOptions {
  /** What is broken on purpose. */
  mutant?: Mutant;
  /** Violations that are not counted. */
  forgiven?: RegExp;
  /** Told everything that is stored. */
  tell?: (line: string) => void;
}

export async function simulate(seed: number, options: SimulateOptions = {}): Promise<Sequence> {
  const scenario = scenarioOf(seed);
  const random = new Random(seed ^ 0x5eed);
  const schedule = new Schedule(random);
  const restoreGlobals = installGlobals(schedule, random);
  const restoreBounds = cutSmall(scenario);
  try {
    return await run(scenario, schedule, random, options);
  } finally {
    restoreBounds();
    restoreGlobals();
  }
}

async function run(
  scenario: Scenario,
  schedule: Schedule,
  random: Random,
  { mutant, forgiven, tell }: SimulateOptions,
): Promise<Sequence> {
  const startMs = schedule.nowMs;
  const broker = new SimulatedBroker(schedule, mutant);
  const ledger = new Ledger(scenario, broker, forgiven);
  for (const job of scenario.jobs) planTrouble(broker, job);
  const chances = { lost: scenario.lost, late: scenario.late, refused: scenario.refused, frozen: scenario.frozen };
  broker.isBehind = () => chances.late > 0 && random.chance(chances.late);
  broker.refuses = () => chances.refused > 0 && random.chance(chances.refused);
  const surroundings = { schedule, broker, random, chances };
  let fingerprint = 0;
  let executedChunks = 0;
  let processCount = 0;
  broker.stored = (stream, message) => {
    fingerprint =
      Math.imul(fingerprint ^ message.data.length ^ (message.sequence << 8), 0x01000193) ^ Math.floor(message.storedAtMs);
    tell?.(
      `${schedule.steps} ${Math.floor(schedule.nowMs - startMs)} ms ${stream} ${message.sequence} ${message.subject} ${message.removal ? 'removed' : new TextDecoder().decode(message.data).slice(0, 400)}`,
    );
    ledger.stored(stream, message);
  };
  broker.purged = (stream, messages, by) => {
    if (messages.length > 0)
      tell?.(
        `${schedule.steps} ${Math.floor(schedule.nowMs - startMs)} ms ${stream} ${messages.length} purged: ${messages[0]!.subject} to ${messages.at(-1)!.sequence}`,
      );
    ledger.purged(stream, messages, by);
  };

  const everyCoordinator: CoordinatorProcess[] = [];
  const newCoordinator = async (): Promise<CoordinatorProcess> => {
    const one = new CoordinatorProcess(`coordinator-${(processCount += 1)}`, surroundings, scenario, mutant);
    everyCoordinator.push(one);
    await schedule.doAs(one, () => void one.start());
    return one;
  };
  const newWorker = async (): Promise<WorkerProcess> => {
    const one = new WorkerProcess(
      `worker-${(processCount += 1)}`,
      surroundings,
      scenario,
      (_job, chunks) => (executedChunks += chunks),
      mutant,
    );
    await schedule.doAs(one, () => one.start());
    return one;
  };
  const gateway = new GatewayProcess('gateway', surroundings);
  const crew: Crew = {
    coordinators: [],
    workers: [],
    others: [gateway],
    async replace(dead) {
      tell?.(`${schedule.steps} ${dead.name} is replaced`);
      if (dead instanceof CoordinatorProcess)
        crew.coordinators.splice(crew.coordinators.indexOf(dead), 1, await newCoordinator());
      else crew.workers.splice(crew.workers.indexOf(dead), 1, await newWorker());
    },
  };
  for (let index = 0; index < scenario.coordinators; index += 1) crew.coordinators.push(await newCoordinator());
  for (let index = 0; index < scenario.workers; index += 1) crew.workers.push(await newWorker());
  await schedule.doAs(gateway, () => scenario.jobs.forEach((job) => void gateway.submit(job)));

  const storm = new Storm({
    schedule,
    broker,
    random,
    crew,
    jobs: scenario.jobs,
    ledger,
    isDamagedTwice: scenario.isDamagedTwice,
    ...(tell && { tell: (line: string) => tell(`${schedule.steps} ${line}`) }),
  });
  const users = new Users({ gateway, ledger, schedule, random, scenario });
  const still = new StillPartition(broker);
  const isQuiet = (): boolean =>
    ledger.allFinal && broker.stream(STREAMS.work.name).size === 0 && gateway.pending === 0 && !broker.partition.unfinished;
  let calmSinceMs: number | undefined;
  let restSinceMs: number | undefined;
  for (let moving = true; moving;) {
    const stormy = schedule.steps < scenario.stormySteps && !(ledger.allFinal && !users.busy);
    if (stormy && random.chance(scenario.faults)) await storm.strike();
    if (!stormy && calmSinceMs === undefined) {
      calmSinceMs = schedule.nowMs;
      chances.lost = chances.late = chances.refused = chances.frozen = 0;
    }
    await storm.mend();
    await users.act(stormy);
    moving = await schedule.step();
    if (!isQuiet()) restSinceMs = undefined;
    else if (schedule.nowMs - (restSinceMs ??= schedule.nowMs) > REST_MS) {
      if (users.busy) users.hurry();
      else if (!storm.damageAtRest()) break;
    }
    const standing = calmSinceMs === undefined ? undefined : still.seen(schedule.nowMs, calmSinceMs);
    if (standing !== undefined) ledger.say(standing);
    if (ledger.violations.length > 0 || schedule.steps > scenario.stormySteps + STEPS_TO_REST_MAX) break;
    if (calmSinceMs !== undefined && schedule.nowMs - calmSinceMs > TIME_TO_REST_MS) break;
  }
  if (ledger.violations.length === 0) ledger.atRest();
  // A clock that goes back, or a state that somebody made unreadable, leaves jobs that are only to be rung.
  const mayBeRung = ['clock back', 'gibberish', 'damaged twice'].some((what) => storm.faults[what] !== undefined);
  const rebuilt = (mayBeRung ? 0 : ledger.rung) + everyCoordinator.reduce((sum, one) => sum + one.rebuilt, 0);
  // Only what was removed by hand may be missing; and a job whose end cannot be saved goes on under its next owner, though nobody waits for it.
  const isUnsaved = scenario.jobs.some(
    ({ trouble }) => trouble?.times === Infinity && (trouble.operation === 'save' || trouble.operation === 'load'),
  );
  if (rebuilt > 0 && storm.faults['work purged'] === undefined && !isUnsaved)
    ledger.say(`the watch found nothing under way for a job, ${rebuilt} times`);
  return {
    seed: scenario.seed,
    scenario,
    steps: schedule.steps,
    simulatedMs: schedule.nowMs - startMs,
    violations: ledger.violations,
    fingerprint,
    faults: {
      ...storm.faults,
      ...users.done,
      'frozen between effects': everyCoordinator.reduce((sum, { freezes }) => sum + freezes, 0),
      trouble: broker.troubles.count,
    },
    executedChunks,
    leftBehind: ledger.leftBehind,
    copied: ledger.copied,
    madeRoom: ledger.madeRoom,
    quarantined: ledger.quarantined,
    partlyRequeued: ledger.partlyRequeued,
    rebuilt,
    statuses: [...ledger.views.values()].map(({ status }) => status),
  };
}

/** What fails for one job alone. Where its view cannot be written, one that says that it was set aside can. */
function planTrouble(broker: SimulatedBroker, { id, trouble }: SimulatedJob): void {
  if (trouble === undefined) return;
  const { operation, times, error } = trouble;
  const state = `$KV.${BUCKETS.jobState.name}.${keys.jobState(id)}`;
  const view = `$KV.${BUCKETS.jobs.name}.${keys.job(LOCAL_TENANT, id)}`;
  const work = workSubjects.lease('kind', 'normal', id).split('.')[3]!;
  const text = new TextDecoder();
  const concerns: Record<Operation, Parameters<Troubles['plan']>[0]['concerns']> = {
    save: ({ subject, isRead }) => !isRead && subject === state,
    load: ({ subject, isRead }) => isRead === true && subject === state,
    show: ({ subject, data }) =>
      data !== undefined && subject === view && !/"code":"quarantined"|"status":"cancelled"/.test(text.decode(data)),
    lease: ({ subject, isRead }) => !isRead && subject.startsWith('work.') && subject.includes(work),
  };
  broker.troubles.plan({ concerns: concerns[operation], left: times, error });
}
