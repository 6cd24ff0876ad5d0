/**
 * A worker as `libs/worker` wires it, without threads: the real puller, lease desk, lease keeper and result desk on simulated slots.
 */
import { createOutbox, storedAt } from '@manyhands/broker';
import { openLanePuller } from '../../../libs/worker/src/lane/lane-puller.ts';
import { CancelLeases, coreSubjects, decode } from '@manyhands/proto';
import { createLogger } from '@manyhands/observe';
import { AnswerStore } from '../../../libs/worker/src/lease/answer-store.ts';
import { inputsOver } from '../../../libs/worker/src/lease/artifact-access.ts';
import { HandOver } from '../../../libs/worker/src/lease/hand-over.ts';
import { LeaseDesk } from '../../../libs/worker/src/lease/lease-desk.ts';
import { reportProgress } from '../../../libs/worker/src/lease/progress-report.ts';
import { ResultDesk } from '../../../libs/worker/src/lease/result-desk.ts';
import { WorkCounts } from '../../../libs/worker/src/lease/work-counts.ts';
import type { GuardedSlot } from '../../../libs/worker/src/slot/guarded-slot.ts';
import { ACK_WAIT_MS, KIND, QUEUES } from '../broker/simulated-broker.ts';
import { compute, type Computed, type Task } from '../computing.ts';
import type { Mutant } from '../mutant.ts';
import type { Scenario } from '../scenario.ts';
import { partsAs } from './mutant-parts.ts';
import { SimulatedProcess, type Surroundings } from './simulated-process.ts';
import { SimulatedSlot } from './simulated-slot.ts';

const STANDING_MS = 10_000;
const AWAY_MS = 500;
const TICK_MS = 500;
const log = createLogger('simulation', { level: 'silent' });

export class WorkerProcess extends SimulatedProcess {
  readonly #scenario: Scenario;
  readonly #surroundings: Surroundings;
  readonly #executed: (jobId: string, chunks: number) => void;
  readonly #mutant: Mutant | undefined;

  constructor(
    name: string,
    surroundings: Surroundings,
    scenario: Scenario,
    executed: (jobId: string, chunks: number) => void,
    mutant?: Mutant,
  ) {
    super(name, surroundings);
    this.#surroundings = surroundings;
    this.#scenario = scenario;
    this.#executed = executed;
    this.#mutant = mutant;
  }

  start(): void {
    const { client } = this;
    const slots = Array.from(
      { length: this.#scenario.slots },
      (_, index) =>
        new SimulatedSlot(
          index,
          (task, params) => this.#compute(task, params),
          () => idle(),
          this.#mutant,
        ),
    );
    const outbox = createOutbox(client);
    const desk = new LeaseDesk({
      workerId: this.name,
      slots: slots as unknown as readonly GuardedSlot[],
      inputs: inputsOver(client),
      answers: new AnswerStore(new ResultDesk(outbox, log), partsAs(this.#mutant, client, log)),
      handOver: new HandOver({
        outbox,
        isStored: async (sequence) => (await storedAt(client, 'work', sequence)) !== undefined,
        log,
      }),
      counts: new WorkCounts(),
      ackWaitMs: ACK_WAIT_MS,
      log,
      changed: () => ask(),
    });
    const pullers = QUEUES.map((queue) => ({
      isYoung: queue === 'normal-young',
      puller: openLanePuller(client, KIND, queue, {
        delivery: (delivery) => desk.take(delivery),
        over: (_count, reason) => (reason === 'unreachable' ? void setTimeout(ask, AWAY_MS) : queueMicrotask(ask)),
      }),
    }));
    function ask(): void {
      for (const { isYoung, puller } of pullers) {
        const room = desk.room + (isYoung ? desk.yieldable : 0);
        if (room > 0) puller.want(room, STANDING_MS);
      }
    }
    function idle(): void {
      desk.start();
      ask();
    }
    client.subscribe(coreSubjects.cancelLeases, (data) => desk.cancel(decode(CancelLeases, data)));
    client.onConnected((connected) => void (connected && ask()));
    setInterval(() => {
      reportProgress(client, this.name, desk.running(), performance.now());
      desk.handBackStale(performance.now());
    }, TICK_MS);
  }

  #compute(task: Task, params: unknown): { outcome: Computed; takesMs: number } {
    const { random } = this.#surroundings;
    const job = this.#scenario.jobs.find(({ id }) => id === (params as { job: string }).job)!;
    if (task.op === 'compute') this.#executed(job.id, task.end - task.begin);
    const takesMs = task.op === 'compute' ? job.chunkMs * (task.end - task.begin) : 1;
    return { outcome: compute(job, task, random), takesMs: takesMs * (0.5 + random.next()) };
  }
}
