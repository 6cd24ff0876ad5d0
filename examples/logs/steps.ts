/** Logs what it does, as it does it: with `log`, and with `console`, whose method is the level. */
import { setTimeout as pause } from 'node:timers/promises';
import { defineTask } from 'manyhands';

export const steps = defineTask({
  name: 'steps',
  chunks: 5,
  async compute(chunk: number, { log, signal }) {
    log('begins', { chunk });
    await pause(200, undefined, { signal });
    if (chunk === 3) console.warn('chunk %d was slow', chunk);
    return 1;
  },
  merge: (one, other) => one + other,
});
