/** Step schedule: takes each run that is due. All coordinators share them. */
import { OnStep, StepContext } from '@manyhands/nats-nest';
import type { Schedule } from '@manyhands/proto';
import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { ScheduleRuns } from './schedule-runs.ts';

@Controller()
export class ScheduleController {
  readonly #runs: ScheduleRuns;

  constructor(@Inject(ScheduleRuns) runs: ScheduleRuns) {
    this.#runs = runs;
  }

  /** Resolves, and so acknowledges the run, once its job is stored. */
  @OnStep('schedule')
  async run(@Payload() schedule: Schedule, @Ctx() context: StepContext): Promise<void> {
    await this.#runs.run(schedule, context.event);
  }
}
