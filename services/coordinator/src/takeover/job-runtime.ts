/** The actor runtime of this coordinator, put together from the job's behaviour and the ports over NATS. */
import { ActorRuntime, type ActorEvent, type ActorRuntimeOptions } from '@manyhands/actor';
import { createDeadLetters } from '../mailbox/dead-letters.ts';
import { createJournal } from '../mailbox/journal.ts';
import { createSnapshotStore } from '../mailbox/snapshot-store.ts';
import { decodeJobMessage } from '../mailbox/mailbox-message.ts';
import type { RepeatedSubmits } from '../mailbox/repeated-submits.ts';
import { isPassing, type Broker, type Bucket, type Outbox } from '@manyhands/nats';
import type { LetterOutbox } from '../mailbox/patient-outbox.ts';
import type { LogFields, Logger } from '@manyhands/observe';
import type { JobTidy } from '../retention/job-tidy.ts';
import { jobStateCodec, leavesPartialsOut } from './job-state-codec.ts';
import { storedPartials } from './stored-partial.ts';
import type { JobEffect } from '../job/effects.ts';
import { salvageFrom } from './job-salvage.ts';
import { keepingAnswers } from '../job/answered-lease.ts';
import { jobBehaviour, type JobMessage, type JobSurroundings } from '../job/job.actor.ts';
import type { JobState } from '../job/state.ts';
import { ActiveJobs } from '../scheduling/active-jobs.ts';
import { createLeaseRecall } from './lease-recall.ts';
import { LeasePublisher } from '../effects/lease-publisher.ts';
import type { LiveSlots } from '../scheduling/live-slots.ts';
import { PaceMemory } from '../scheduling/pace-memory.ts';
import type { JobViews } from '../progress/job-views.ts';
import type { JobCounts } from './job-counts.ts';
import { JobEffects } from '../effects/job-effects.ts';
import type { AnsweredRecord } from '../effects/answered-record.ts';
import type { JobTrace } from '../effects/job-trace.ts';
import { publishResults } from '../effects/results-manifest.ts';
import { timed } from './turn-time.ts';

export type JobRuntime = ActorRuntime<JobState | null, JobMessage, JobEffect, JobSurroundings>;

export interface JobRuntimeParts {
  broker: Broker;
  outbox: Outbox;
  /** Where dead letters go. */
  letters: LetterOutbox;
  /** Where the jobs of webhooks go. */
  webhooks: LetterOutbox;
  /** The opened buckets jobs and job_state. */
  jobs: Bucket;
  jobState: Bucket;
  views: JobViews;
  slots: LiveSlots;
  leaseChunksMax: number;
  log: Logger;
  counts: JobCounts;
  tidy: Pick<JobTidy, 'add'>;
  /** Jobs whose leases are known to have left WORK without an answer. */
  lost: Set<string>;
  repeats: RepeatedSubmits;
  /** Where jobs are traced. */
  trace?: JobTrace | undefined;
  /** Where what became of leases is kept for people. */
  answered?: AnsweredRecord;
  /** Put in the place of what is wired here: clock, limits or a port, for who runs it in a simulated world. */
  instead?: Partial<ActorRuntimeOptions<JobState | null, JobMessage, JobEffect, JobSurroundings>>;
}

export function createJobRuntime(parts: JobRuntimeParts): JobRuntime {
  const { broker, outbox, letters, jobs, jobState, views, slots, leaseChunksMax, log, counts, tidy, lost, trace } = parts;
  const { answered, repeats, webhooks } = parts;
  const { journal = createJournal(broker, decodeJobMessage), ...instead } = parts.instead ?? {};
  const about = (job: string): LogFields => ({ job, trace: trace?.idOf(job) });
  const paces = new PaceMemory();
  const active = new ActiveJobs();
  const surroundings: JobSurroundings = {
    slotsOf: (kind, confined) => slots.slotsOf(kind, confined),
    paceOf: (submit) => paces.paceOf(submit),
    shareOf: (submit) => active.shareOf(submit),
    leaseChunksMax,
  };
  return new ActorRuntime({
    behaviour: timed(keepingAnswers(jobBehaviour), (job, what, ms) => {
      counts.longTurns += 1;
      log.warn(about(job), `a turn took ${Math.round(ms)} ms of processor: ${what}`);
    }),
    snapshots: createSnapshotStore<JobState | null>(jobState, jobStateCodec(storedPartials(broker)), (job, err) =>
      log.warn(
        { ...about(job), err, step: 'fold' },
        'the saved state of this job cannot be read by this release; the job is rebuilt from its mailbox',
      ),
    ),
    journal: repeats.over(journal),
    recall: createLeaseRecall(broker, lost),
    effects: new JobEffects({
      leases: new LeasePublisher(broker, outbox),
      views,
      outbox,
      letters,
      webhooks,
      paces,
      active,
      publishResults: (jobs) => publishResults(broker, jobs),
      trace,
      answered,
    }),
    deadLetters: createDeadLetters<JobMessage>(letters),
    surroundings: () => surroundings,
    salvage: salvageFrom(broker, jobs),
    isPassing,
    observed: (event) => observed(log, about, counts, tidy, event),
    ...instead,
  });
}

function observed(
  log: Logger,
  about: (job: string) => LogFields,
  counts: JobCounts,
  tidy: Pick<JobTidy, 'add'>,
  event: ActorEvent,
): void {
  switch (event.what) {
    case 'activated':
      if (event.how === 'rebuilt')
        log.debug(about(event.actorId), `rebuilt from its mailbox (${event.replayed} messages replayed)`);
      return;
    case 'turn_failed':
      return log.error(
        { ...about(event.message.actorId), err: event.error },
        `a turn failed at message ${event.message.sequence}: ${event.directive}`,
      );
    case 'replay_skipped':
      return log.warn(
        { ...about(event.message.actorId), err: event.error },
        `message ${event.message.sequence} was skipped in a replay`,
      );
    case 'parked':
      counts.stepsRetried += 1;
      return log.warn(
        { ...about(event.actorId), err: event.error },
        `step ${event.step} of this job failed (${event.failures} times); it is tried again, and no other job waits for it`,
      );
    case 'recovered':
      return log.info(about(event.actorId), `this job continues, after ${event.failures} failures`);
    case 'set_aside':
      counts.quarantined += 1;
      return log.error(
        about(event.actorId),
        `this job was set aside because its step ${event.step} fails on every try: ${event.reason}${event.said ? '' : '. That could not be stored either'}`,
      );
    case 'ended': {
      // A saved state that leaves partials to the mailbox needs it.
      const isNeeded = event.kept && event.state !== null && leavesPartialsOut(event.state as JobState);
      return isNeeded ? undefined : tidy.add(event.actorId, event.through);
    }
    default:
      return;
  }
}
