/** Takes the mailbox batches of the partitions this coordinator owns: where messages become turns. */
import type { MailboxBatch, PartitionRelease } from '../mailbox/partition-consumer.ts';
import { OnMailboxBatch, OnMailboxRelease } from '@manyhands/nats-nest';
import { Controller, Inject } from '@nestjs/common';
import type { JobMessage } from '../job/job.actor.ts';
import { JobTurns } from './job-turns.ts';

@Controller()
export class MailboxController {
  readonly #turns: JobTurns;

  constructor(@Inject(JobTurns) turns: JobTurns) {
    this.#turns = turns;
  }

  /** Resolves when everything the batch leads to is durable; then it is acknowledged. */
  @OnMailboxBatch()
  async take(batch: MailboxBatch<JobMessage>): Promise<void> {
    await this.#turns.take(batch);
  }

  @OnMailboxRelease()
  async release(release: PartitionRelease): Promise<void> {
    await this.#turns.release(release);
  }
}
