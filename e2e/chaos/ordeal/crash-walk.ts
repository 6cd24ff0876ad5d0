/**
 * Walks the crash points: for each, the one process that passes it is started so that it dies there, jobs are submitted until it has, and
 * followed to their ends while its supervisor starts it again without.
 */
import { CRASH_POINTS, lastWords, readCrashPoint, type CrashPoint, type Step } from '../tap/crash-points.ts';
import { pidWhenUp, signal } from '../fault/torment.ts';
import { load } from '../load/clients.ts';
import { LONG_JOB, scheduledJob, usualJob } from '../load/known-jobs.ts';
import { crashEnv, NO_CRASH_ENV } from '../system/preloaded.ts';
import { loadOn, type Ordeal, type Ordering } from './ordeal.ts';

const passWithinMs = 120_000;

/** A process that is to end in good order is asked to so often: until then jobs have ended. */
const orderlyEndMs = 10_000;

const orders: Readonly<Partial<Record<NonNullable<Step['needs']>, Ordering>>> = {
  'a long job': () => LONG_JOB,
  'a cancel': () => LONG_JOB,
  'a schedule': scheduledJob,
};

export async function walkCrashPoints(ordeal: Ordeal): Promise<void> {
  for (const point of ordeal.stage.points) await walk(ordeal, point);
}

async function walk({ seed, stage, system, broker, history, say }: Ordeal, point: CrashPoint): Promise<void> {
  const { service, needs } = readCrashPoint(point).step;
  const process = service === 'metrics' ? service : `${service}-1`;
  let crashed = false;
  const unhear = system.onPrinted((name, line) => {
    if (name !== process || line !== lastWords(point)) return;
    crashed = true;
    system.tell(process, NO_CRASH_ENV);
    history.add({ what: 'crashed', process, point });
  });
  const startedAt = performance.now();
  const late = (): boolean => performance.now() - startedAt > passWithinMs;
  history.add({ what: 'armed', process, point });
  system.tell(process, crashEnv(point));
  signal(await pidWhenUp(system, process), 'SIGKILL');
  const ending =
    needs === 'an orderly end'
      ? setInterval(() => void pidWhenUp(system, process).then((pid) => signal(pid, 'SIGTERM')), orderlyEndMs)
      : undefined;
  await load({
    ...loadOn(system, broker, history, stage),
    seed: seed + 1_000 * (1 + CRASH_POINTS.indexOf(point)),
    clients: stage.clients,
    goOn: () => !crashed && !late(),
    order: (needs && orders[needs]) ?? ((random) => usualJob(random, stage.jobChunks)),
    cancelShare: needs === 'a cancel' ? 1 : 0,
  });
  clearInterval(ending);
  unhear();
  if (!crashed) {
    system.tell(process, NO_CRASH_ENV);
    signal(await pidWhenUp(system, process), 'SIGKILL');
  }
  say(`${stage.name}: ${point} ${crashed ? 'passed' : 'NOT passed'}, ${Math.round(performance.now() - startedAt)} ms`);
}
