/** A gateway, as far as it matters here: stores commands, and says so only when they are stored. */
import { createOutbox } from '@manyhands/jetstream';
import { encode, isManyhandsError, mailboxSubjects, type CancelJob, type SubmitJob } from '@manyhands/proto';
import { KIND } from '../broker/simulated-broker.ts';
import type { SimulatedJob } from '../scenario.ts';
import { SimulatedProcess } from './simulated-process.ts';

const TENANT = 'local';
const someTime = '2026-01-01T00:00:00.000Z';

export class GatewayProcess extends SimulatedProcess {
  /** Resolves when the job is accepted. */
  async submit({ id, chunks, policy }: SimulatedJob): Promise<void> {
    const submit: SubmitJob = {
      v: 1,
      type: 'SubmitJob',
      job_id: id,
      tenant: TENANT,
      kind: KIND,
      params: { job: id },
      chunks,
      lane: 'normal',
      on_dead_chunk: policy,
      submitted_at: someTime,
    };
    await this.#store({ subject: mailboxSubjects.submit(id), data: encode(submit), expectLastSubjectSequence: 0 });
  }

  async cancel({ id }: SimulatedJob): Promise<void> {
    const cancel: CancelJob = { v: 1, type: 'CancelJob', job_id: id, tenant: TENANT, requested_at: someTime };
    await this.#store({ subject: mailboxSubjects.cancel(id), data: encode(cancel) });
  }

  /** As a client does that gets 503. */
  async #store(message: Parameters<ReturnType<typeof createOutbox>['publishAll']>[0][number]): Promise<void> {
    const outbox = createOutbox(this.client);
    for (;;) {
      try {
        return void (await outbox.publishAll([message]));
      } catch (error) {
        if (!isManyhandsError(error, 'unavailable')) throw error;
      }
    }
  }
}
