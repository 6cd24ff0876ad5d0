/** `manyhands queues`: what waits for a slot, and how much is computed. */
import type { Session } from '../session.ts';

export async function run(session: Session): Promise<void> {
  const stats = await session.client.queues({ signal: session.world.interrupt });
  if (session.json) return session.printJson(stats);
  const jobs = Object.entries(stats.jobs).map(([status, count]) => `${count} ${status}`);
  session.note(
    `${Math.round(stats.chunks_per_sec)} chunks/s; jobs: ${jobs.join(', ') || 'none'}; ${stats.dead_letters} dead letters; ${stats.mailbox_waiting} messages wait for a coordinator`,
  );
  await session.printTable(
    ['KIND', 'LANE', 'WAITING', 'RUNNING', 'REDELIVERED'],
    stats.queues.map((queue) => [
      queue.kind,
      queue.lane,
      String(queue.waiting),
      String(queue.in_flight),
      String(queue.redelivered),
    ]),
    'There are no queues: no worker has registered a kind.',
  );
}
