/**
 * Measures the turns of jobs: none may keep the event loop from all others's for long.
 *
 * What counts is the processor's time of this thread, not the clock's: on a busy machine a turn takes as long as it has to wait for a core.
 */
import type { Behaviour } from '@manyhands/actor';

/** Milliseconds of processor that no turn of any legal message takes. */
const TURN_MS_MAX = 50;
/** So old may the reading be that a turn is measured from: a reading for each turn costs more than many a turn. */
const READING_MS_MAX = 5;

/** `slow` is called for a turn that took longer, with what it was about. */
export function timed<State, Message extends { type: string }, Effect, Surroundings>(
  behaviour: Behaviour<State, Message, Effect, Surroundings>,
  slow: (actorId: string, what: string, ms: number) => void,
): Behaviour<State, Message, Effect, Surroundings> {
  let reading = { atMs: -Infinity, cpu: { user: 0, system: 0 } };
  return {
    ...behaviour,
    decide(state, mail, surroundings, isFollowed) {
      const begunMs = performance.now();
      if (begunMs - reading.atMs > READING_MS_MAX) reading = { atMs: begunMs, cpu: process.threadCpuUsage() };
      const { atMs, cpu } = reading;
      try {
        return behaviour.decide(state, mail, surroundings, isFollowed);
      } finally {
        // A turn that has the processor for so long takes as long by the clock.
        if (performance.now() - begunMs > TURN_MS_MAX) {
          const { user, system } = process.threadCpuUsage(cpu);
          const ms = (user + system) / 1000 - (begunMs - atMs);
          if (ms > TURN_MS_MAX) slow(mail.actorId, mail.message.type, ms);
        }
      }
    },
  };
}
