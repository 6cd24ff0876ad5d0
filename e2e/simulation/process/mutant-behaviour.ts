/** The behaviour of a job, or what a mutant makes of it. */
import { isFinal, roundOf } from '@manyhands/proto';
import { jobBehaviour, type JobMessage } from '../../../services/coordinator/src/job/job.actor.ts';
import type { JobState } from '../../../services/coordinator/src/job/state.ts';
import type { Mutant } from '../mutant.ts';
import { forgetfulBehaviour } from './forgetful-behaviour.ts';

export type JobBehaviour = typeof jobBehaviour;

export function behaviourOf(mutant: Mutant | undefined): JobBehaviour {
  switch (mutant) {
    case 'fold counts what is done':
      return forgetfulBehaviour;
    case 'set aside in silence': {
      const { setAside: _without, ...silent } = jobBehaviour;
      return silent;
    }
    case 'failed merges of earlier rounds stay out':
      return {
        ...jobBehaviour,
        decide: (job, mail, surroundings) =>
          job !== null && isOldFailure(job, mail.message)
            ? { state: job, effects: [] }
            : jobBehaviour.decide(job, mail, surroundings),
      };
    case 'clocks only rise':
      return {
        ...jobBehaviour,
        decide: (job, mail, surroundings) =>
          jobBehaviour.decide(job, { ...mail, storedAtMs: Math.max(mail.storedAtMs, job?.atMs ?? 0) }, surroundings),
      };
    default:
      return jobBehaviour;
  }
}

function isOldFailure({ round, status }: JobState, message: JobMessage): boolean {
  return (
    message.type === 'LeaseFailed' && message.about.op === 'merge' && !isFinal(status) && roundOf(message.about.attempt) < round
  );
}
