/** Answers gateways that ask for a job to be removed. Any coordinator does, not the owner of the partition alone: a job that is over is in no memory. */
import { OnQuery } from '@manyhands/nats-nest';
import { coreSubjects, decode, DeleteJob, type JobDeletion } from '@manyhands/proto';
import { Controller, Inject } from '@nestjs/common';
import { JobDeletions } from './job-deletion.ts';

@Controller()
export class DeletionController {
  readonly #deletions: JobDeletions;

  constructor(@Inject(JobDeletions) deletions: JobDeletions) {
    this.#deletions = deletions;
  }

  @OnQuery(coreSubjects.deleteJob)
  async answerDelete(data: Uint8Array): Promise<JobDeletion> {
    return { v: 1, type: 'JobDeletion', outcome: await this.#deletions.delete(decode(DeleteJob, data)) };
  }
}
