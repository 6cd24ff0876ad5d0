/**
 * The worker of `manyhands dev`, a process of its own for each state of the sources, so that no module is an old one.
 *
 *   load ──▶ loaded ──go──▶ working ──SIGTERM, parent gone──▶ drained, ended
 *     └──▶ refused, ended      └──▶ refused, ended
 */
import { createLogger } from '@manyhands/observe';
import { findKindModules, loadKinds } from '@manyhands/worker';
import { startWorker, type Worker } from '../../worker.ts';
import type { FromWorker, ToWorker, WorkerOrder } from './worker-messages.ts';

const drainMs = 2_000;
let order: WorkerOrder | undefined;
let starting: Promise<Worker> | undefined;

process.on('message', (message: ToWorker) => {
  void (message.type === 'load' ? load(message.order) : start()).catch(refuse);
});
process.once('disconnect', () => void stop());
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stop());

async function load(given: WorkerOrder): Promise<void> {
  order = given;
  const kinds = await loadKinds(findKindModules(given.modules));
  await send({ type: 'loaded', kinds: [...kinds.keys()] });
}

async function start(): Promise<void> {
  if (!order) return;
  const { modules, slots, natsUrl } = order;
  starting = startWorker({
    natsUrl,
    kindModules: findKindModules(modules),
    log: createLogger('kinds', { level: 'info' }),
    ...(slots !== undefined && { slots }),
  });
  const { kinds } = await starting;
  await send({ type: 'working', kinds: [...kinds] });
}

async function stop(): Promise<void> {
  const worker = await starting?.catch(() => undefined);
  await worker?.stop(drainMs);
  process.exit(0);
}

async function refuse(error: unknown): Promise<void> {
  await send({ type: 'refused', reason: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}

function send(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (process.send && process.connected) process.send(message, () => resolve());
    else resolve();
  });
}
