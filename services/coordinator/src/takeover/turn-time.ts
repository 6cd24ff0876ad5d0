/**
 * Measures the turns of jobs: none may keep the event loop from all others's for long.
 *
 * What counts is the processor's time of this thread, not the clock's: on a busy machine a turn takes as long as it has to wait for a core.
 */
import type { Behaviour } from '@manyhands/actor';

/** Milliseconds of processor that no turn of any legal message takes. */
const TURN_MS_MAX = 50;

/** `slow` is called for a turn that took longer, with what it was about. */
export function timed<State, Message extends { type: string }, Effect, Surroundings>(
  behaviour: Behaviour<State, Message, Effect, Surroundings>,
  slow: (actorId: string, what: string, ms: number) => void,
): Behaviour<State, Message, Effect, Surroundings> {
  return {
    ...behaviour,
    decide(state, mail, surroundings) {
      const before = process.threadCpuUsage();
      try {
        return behaviour.decide(state, mail, surroundings);
      } finally {
        const { user, system } = process.threadCpuUsage(before);
        const ms = (user + system) / 1000;
        if (ms > TURN_MS_MAX) slow(mail.actorId, mail.message.type, ms);
      }
    },
  };
}
