/** A mutant of the job's behaviour: its fold has forgotten that a result which covers chunks already done does not count. */
import { jobBehaviour } from '../../../services/coordinator/src/job/job.actor.ts';
import { spanWithout, type Span } from '../../../services/coordinator/src/job/spans.ts';
import type { JobState } from '../../../services/coordinator/src/job/state.ts';

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
  const done = job.done.flatMap((one) => spanWithout(one, [span]));
  const again = job.done.flatMap(([begin, end]): Span[] =>
    Math.max(begin, span[0]) < Math.min(end, span[1]) ? [[Math.max(begin, span[0]), Math.min(end, span[1])]] : [],
  );
  return { ...job, done, waiting: [...again.map((one) => ({ span: one, attempt: 0 })), ...job.waiting] };
}
