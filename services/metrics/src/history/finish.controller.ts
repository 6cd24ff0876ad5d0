/** Step finish: what became of each job, into history. */
import { StepContext, OnStep } from '@manyhands/nats-nest';
import type { JobFinished } from '@manyhands/proto';
import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { FinishRecorder } from './finish-recorder.ts';

@Controller()
export class FinishController {
  constructor(@Inject(FinishRecorder) private readonly recorder: FinishRecorder) {}

  /** Resolves, and so acknowledges the event, once the row is on disk. */
  @OnStep('finish')
  recordFinished(@Payload() finished: JobFinished, @Ctx() context: StepContext): Promise<void> {
    const { job, timing, trace } = finished;
    return this.recorder.record([{ job, timing, trace, sequence: context.event.sequence }]);
  }
}
