/** `manyhands kinds`: what can be computed. */
import type { Session } from '../session.ts';

export async function run(session: Session): Promise<void> {
  const kinds = await session.client.kinds({ signal: session.world.interrupt });
  if (session.json) return session.printJson(kinds);
  await session.printTable(
    ['KIND', 'VERSION', 'WORKERS', 'PROJECT', 'TITLE'],
    kinds.map((kind) => [kind.kind, String(kind.version ?? 1), String(kind.live_workers), kind.project ?? '-', kind.title]),
    'No worker has registered a kind. Start one with "npx manyhands dev" or "npx manyhands worker".',
  );
}
