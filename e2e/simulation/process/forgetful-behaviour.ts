/** A mutant of the job's behaviour: its fold has forgotten that a result which covers chunks already done does not count. */
import { jobBehaviour } from '../../../services/coordinator/src/job/job.actor.ts';
import type { Span } from '../../../services/coordinator/src/job/spans.ts';
import type { JobState } from '../../../services/coordinator/src/job/state.ts';
import { withWaiting } from '../../../services/coordinator/src/job/waiting.ts';

export const forgetfulBehaviour: typeof jobBehaviour = {
  ...jobBehaviour,
  decide(job, mail, surroundings) {
    const { message } = mail;
    if (job === null || message.type !== 'LeaseComputed' || message.about.op !== 'compute')
      return jobBehaviour.decide(job, mail, surroundings);
    return jobBehaviour.decide(undone(job, [message.about.begin, message.about.end]), mail, surroundings);
  },
};

/** Puts the done chunks of a span back to waiting, so that the rule finds nothing to object to. */
function undone(job: JobState, span: Span): JobState {
  return {
    ...job,
    done: job.done.without(span),
    waiting: withWaiting(job.waiting, { attempt: 0, chunks: job.done.within(span) }),
  };
}
