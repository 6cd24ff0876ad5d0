/** A rolling restart under load: every process is asked to drain, one after the other, and the next only when the one before is back. */
import { setTimeout as wait } from 'node:timers/promises';
import { pidWhenUp, signal } from '../fault/torment.ts';
import { only } from '../history.ts';
import { serviceNames } from '../profile.ts';
import { underLoad, until, type Ordeal } from './ordeal.ts';

const drainWithinMs = 30_000;
const backWithinMs = 60_000;
/** Jobs run while the one that came back takes its share. */
const settleMs = 1_500;

export async function rollingRestart(ordeal: Ordeal): Promise<void> {
  await underLoad(ordeal, async () => {
    await wait(settleMs);
    for (const name of [...serviceNames(ordeal.stage), ...ordeal.system.servers]) await replace(ordeal, name);
  });
}

async function replace({ stage, system, history, say }: Ordeal, name: string): Promise<void> {
  const pid = await pidWhenUp(system, name);
  const deathsOf = () => only(history.entries, 'died').filter(({ process }) => process === name);
  const before = deathsOf().length;
  const askedAt = performance.now();
  signal(pid, 'SIGTERM');
  const gone = await until(() => deathsOf().length > before, drainWithinMs);
  const tookMs = Math.round(performance.now() - askedAt);
  history.add({ what: 'replaced', process: name, tookMs, how: gone ? deathsOf().at(-1)!.how : 'still running' });
  say(`${stage.name}: ${name} drained in ${tookMs} ms`);
  await pidWhenUp(system, name);
  await until(
    async () =>
      (
        await Promise.all([
          ...system.gateways.map((gateway) => answers(`${gateway}/readyz`)),
          ...system.monitors.map((monitor) => answers(`${monitor}/healthz`)),
        ])
      ).every(Boolean),
    backWithinMs,
  );
  await wait(settleMs);
}

/** nats-server answers 200 only once all its streams have caught up. */
async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
    (answer) => answer.status === 200,
    () => false,
  );
}
