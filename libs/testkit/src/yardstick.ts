/**
 * What a piece of work costs, in a unit that is the same on every machine: how many times the processor time of a fixed piece of work, on the same
 * thread at the same time. Milliseconds are three times as many on a slow machine, beside others on the same core, or counted line by line.
 */

/** Some strings, objects, JSON, a map and a sort: a millisecond of a core that does nothing else. Needs nothing around it, so that a page can be sent it. */
export function fixedWork(): number {
  const known = new Map<string, { at: number; name: string }>();
  for (let at = 0; at < 1_200; at += 1) {
    const name = `x${(at * 48_271) % 65_521}`;
    known.set(name, { at, name });
  }
  const names = [...known.keys()].sort();
  const read = JSON.parse(JSON.stringify([...known.values()])) as { at: number }[];
  return read.reduce((sum, { at }) => sum + at, 0) + names.length;
}

/** Of its thread alone, where that is less: some systems count the processor's time in ticks of many milliseconds. */
function costMs(work: () => unknown): number {
  const [fromMs, from] = [performance.now(), process.threadCpuUsage()];
  work();
  const { user, system } = process.threadCpuUsage(from);
  return Math.min(performance.now() - fromMs, (user + system) / 1_000);
}

function passedMs(work: () => unknown): number {
  const fromMs = performance.now();
  work();
  return performance.now() - fromMs;
}

/**
 * The least of some tries of the work, over the least of many of the fixed one in between, which is too short to be interrupted each time. It stops
 * early once it is a third of `most`.
 */
export function timesOfFixedWork(work: () => unknown, most: number): number {
  let [unit, least] = [Infinity, Infinity];
  for (let tries = 0; tries < 9; tries += 1) {
    for (let times = 0; times < 10; times += 1) unit = Math.min(unit, passedMs(fixedWork));
    least = Math.min(least, costMs(work));
    if (least < (unit * most) / 3) break;
  }
  return least / unit;
}
