/** The actor runtime of this coordinator, put together from the job's behaviour and the ports over NATS. */
import { ActorRuntime, type ActorEvent, type ActorRuntimeOptions } from '@manyhands/actor';
import { createDeadLetters, createJournal, createSnapshotStore, decodeJobMessage, type Broker, type Bucket, type LetterOutbox, type Outbox } from '@manyhands/jetstream';
import type { Logger } from '@manyhands/observe';
import { withoutOversized } from '../fold/job-snapshots.ts';
import type { JobEffect } from '../job/effects.ts';
import { jobBehaviour, type JobMessage, type JobSurroundings } from '../job/job.actor.ts';
import { submittedJob, type JobState } from '../job/state.ts';
import { ActiveJobs } from '../lease/active-jobs.ts';
import { createLeaseRecall } from '../lease/lease-recall.ts';
import { LeasePublisher } from '../lease/lease-publisher.ts';
import type { LiveSlots } from '../lease/live-slots.ts';
import { PaceMemory } from '../lease/pace-memory.ts';
import type { JobViews } from '../progress/job-views.ts';
import { JobEffects } from './job-effects.ts';

export type JobRuntime = ActorRuntime<JobState | null, JobMessage, JobEffect, JobSurroundings>;

export interface JobRuntimeParts {
  broker: Broker;
  outbox: Outbox;
  /** Where dead letters go. */
  letters: LetterOutbox;
  /** The opened bucket job_state. */
  jobState: Bucket;
  views: JobViews;
  slots: LiveSlots;
  leaseChunksMax: number;
  log: Logger;
  /** Put in the place of what is wired here: clock, limits or a port, for who runs it in a simulated world. */
  instead?: Partial<ActorRuntimeOptions<JobState | null, JobMessage, JobEffect, JobSurroundings>>;
}

export function createJobRuntime({ broker, outbox, letters, jobState, views, slots, leaseChunksMax, log, instead }: JobRuntimeParts): JobRuntime {
  const paces = new PaceMemory();
  const active = new ActiveJobs();
  const surroundings: JobSurroundings = {
    slotsOf: (kind) => slots.slotsOf(kind), paceOf: (submit) => paces.paceOf(submit), shareOf: (submit) => active.shareOf(submit),
    leaseChunksMax,
  };
  return new ActorRuntime({
    behaviour: jobBehaviour,
    snapshots: withoutOversized(createSnapshotStore<JobState | null>(jobState), (job) => job && submittedJob(job.submit, job.startedAtMs ?? job.atMs)),
    journal: createJournal(broker, decodeJobMessage),
    recall: createLeaseRecall(broker),
    effects: new JobEffects(new LeasePublisher(broker, outbox), views, outbox, letters, paces, active),
    deadLetters: createDeadLetters<JobMessage>(letters),
    surroundings: () => surroundings,
    observed: (event) => logged(log, event),
    ...instead,
  });
}

function logged(log: Logger, event: ActorEvent): void {
  switch (event.what) {
    case 'activated':
      if (event.how === 'rebuilt') log.debug({ job: event.actorId }, `rebuilt from its mailbox (${event.replayed} messages replayed)`);
      return;
    case 'turn_failed':
      return log.error({ job: event.message.actorId, err: event.error }, `a turn failed at message ${event.message.sequence}: ${event.directive}`);
    case 'replay_skipped':
      return log.warn({ job: event.message.actorId, err: event.error }, `message ${event.message.sequence} was passed over in a replay`);
    default:
      return;
  }
}
