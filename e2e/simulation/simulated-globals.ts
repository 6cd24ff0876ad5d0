/**
 * Puts the simulated clock and the seeded randomness in the place of the real ones while a simulation runs, so that the code under test runs as
 * it is, whatever timer or clock it reaches for. What it schedules belongs to the process at work.
 */
import { nuid } from '@nats-io/transport-node';
import type { Random } from './random.ts';
import type { Schedule } from './schedule.ts';

// The names that NATS clients give to inboxes begin at random, once for a process: not out of the seed of whoever runs first.
nuid.next();

interface Handle {
  cancel(): void;
  unref(): Handle;
  ref(): Handle;
}

/** Returns how to put the real ones back. */
export function installGlobals(schedule: Schedule, random: Random): () => void {
  const real = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    setInterval: globalThis.setInterval,
    clearInterval: globalThis.clearInterval,
    setImmediate: globalThis.setImmediate,
    dateNow: Date.now,
    now: performance.now,
    random: Math.random,
  };

  function handleOf(cancel: () => void): Handle {
    const handle: Handle = { cancel, unref: () => handle, ref: () => handle };
    return handle;
  }
  function setTimeout(due: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): Handle {
    return handleOf(schedule.after(ms, () => due(...args)));
  }
  function setInterval(due: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): Handle {
    let cancel = schedule.after(ms, tick);
    function tick(): void {
      cancel = schedule.after(ms, tick);
      due(...args);
    }
    return handleOf(() => cancel());
  }
  function clear(handle: Handle | undefined | null): void {
    handle?.cancel?.();
  }

  const setImmediate = (due: () => void): Handle => setTimeout(due);
  Object.assign(globalThis, { setTimeout, setInterval, setImmediate, clearTimeout: clear, clearInterval: clear });
  const startMs = schedule.nowMs;
  Date.now = () => Math.floor(schedule.nowMs);
  performance.now = () => schedule.nowMs - startMs;
  Math.random = random.next;
  return () => {
    Object.assign(globalThis, {
      setTimeout: real.setTimeout,
      setInterval: real.setInterval,
      clearTimeout: real.clearTimeout,
      clearInterval: real.clearInterval,
      setImmediate: real.setImmediate,
    });
    Date.now = real.dateNow;
    performance.now = real.now;
    Math.random = real.random;
  };
}
