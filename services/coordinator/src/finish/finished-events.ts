/**
 * Step finish: tells what became of a job, for history.
 *
 * Invariant: one event per job and round. The broker decides: the subject must be empty, so a second owner that states the same is refused.
 */
import type { Outbox } from '@manyhands/nats';
import { encode, eventSubjects, type JobFinished } from '@manyhands/proto';

export async function publishFinished(outbox: Outbox, events: readonly JobFinished[]): Promise<void> {
  if (events.length === 0) return;
  await outbox.publishAll(
    events.map((event) => ({
      subject: eventSubjects.finished(event.job.tenant, event.job.job_id, event.job.round),
      data: encode(event),
      expectLastSubjectSequence: 0,
    })),
  );
}
