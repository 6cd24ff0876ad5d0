/** `manyhands workers`: the newest heartbeat of each live worker. */
import { age } from '../print/table.ts';
import type { Session } from '../session.ts';

export async function run(session: Session): Promise<void> {
  const workers = await session.client.workers({ signal: session.world.interrupt });
  if (session.json) return session.printJson(workers);
  const nowMs = Date.now();
  await session.printTable(
    ['WORKER', 'HOST', 'PID', 'BUSY', 'CHUNKS', 'FAILED', 'MEMORY', 'UP', 'STATE', 'KINDS'],
    workers.map((worker) => [
      worker.worker,
      worker.host,
      String(worker.pid),
      `${worker.busy_slots}/${worker.slots}`,
      String(worker.chunks_done),
      String(worker.chunks_failed),
      `${Math.round(worker.memory_mb)} MB`,
      age(worker.started_at, nowMs),
      worker.draining ? 'draining' : 'working',
      worker.kinds.join(', '),
    ]),
    'No worker is live. Start one with "npx manyhands dev" or "npx manyhands worker".',
  );
}
