/** Which processes computed how many chunks: the more machines run a worker, the more lines. */
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { defineTask } from 'manyhands';

export const visits = defineTask({
  name: 'visits',
  chunks: 60,
  async compute(_chunk, { signal }): Promise<Record<string, number>> {
    await pause(50, undefined, { signal });
    return { [`${hostname()} ${process.pid}`]: 1 };
  },
  merge(one, other) {
    for (const [place, count] of Object.entries(other)) one[place] = (one[place] ?? 0) + count;
    return one;
  },
});
