/** Runs one sequence: the jobs of one seed, through their storm, to rest. */
import { STREAMS } from '@manyhands/proto';
import { SimulatedBroker } from './broker/simulated-broker.ts';
import { Ledger } from './ledger.ts';
import type { Mutant } from './mutant.ts';
import { CoordinatorProcess } from './process/coordinator-process.ts';
import { GatewayProcess } from './process/gateway-process.ts';
import { WorkerProcess } from './process/worker-process.ts';
import { Random } from './random.ts';
import { scenarioOf, type Scenario } from './scenario.ts';
import { Schedule } from './schedule.ts';
import { installGlobals } from './simulated-globals.ts';
import { Storm, type Crew } from './storm.ts';

/** Steps after the storm within which everything must have come to rest. */
const STEPS_TO_REST_MAX = 60_000;
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
  /** Saved states of ended jobs that an owner who was replaced left behind; the job keeper removes them. */
  leftBehind: number;
  /** Second leases of stragglers, and leases that made room. */
  copied: number;
  madeRoom: number;
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
  try {
    return await run(scenario, schedule, random, options);
  } finally {
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
  const ledger = new Ledger(scenario, forgiven);
  const chances = { lost: scenario.lost, late: scenario.late, refused: scenario.refused };
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

  const newCoordinator = async (): Promise<CoordinatorProcess> => {
    const one = new CoordinatorProcess(`coordinator-${(processCount += 1)}`, surroundings, scenario, mutant);
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

  const storm = new Storm({ schedule, broker, random, crew });
  const cancels = scenario.jobs.filter(({ cancelAfterSteps }) => cancelAfterSteps !== undefined);
  const atRest = (): boolean => ledger.allFinal && broker.stream(STREAMS.work.name).size === 0 && !broker.partition.unfinished;
  let restSinceMs: number | undefined;
  for (let moving = true; moving;) {
    const stormy = schedule.steps < scenario.stormySteps && !ledger.allFinal;
    if (stormy && random.chance(scenario.faults)) await storm.strike();
    if (!stormy) chances.lost = chances.late = chances.refused = 0;
    await storm.mend();
    while (cancels[0] !== undefined && cancels[0].cancelAfterSteps! <= schedule.steps) {
      const job = cancels.shift()!;
      await schedule.doAs(gateway, () => void gateway.cancel(job));
    }
    moving = await schedule.step();
    if (!atRest()) restSinceMs = undefined;
    else if (schedule.nowMs - (restSinceMs ??= schedule.nowMs) > REST_MS) break;
    if (ledger.violations.length > 0 || schedule.steps > scenario.stormySteps + STEPS_TO_REST_MAX) break;
  }
  if (ledger.violations.length === 0) ledger.atRest(broker);
  return {
    seed: scenario.seed,
    scenario,
    steps: schedule.steps,
    simulatedMs: schedule.nowMs - startMs,
    violations: ledger.violations,
    fingerprint,
    faults: storm.faults,
    executedChunks,
    leftBehind: ledger.savedStates,
    copied: ledger.copied,
    madeRoom: ledger.madeRoom,
    statuses: [...ledger.views.values()].map(({ status }) => status),
  };
}
