/** `manyhands worker`: computes the kinds of this folder for a system that runs, until it is ordered to stop. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadEnvFile, natsAccess } from '@manyhands/observe/run-service';
import { createLogger, tracerSettings } from '@manyhands/observe';
import { LANES, type Lane } from '@manyhands/proto';
import { settingsOf, type Environment } from '@manyhands/proto/settings';
import { findKindModules } from '@manyhands/worker';
import type { Command } from 'commander';
import { startWorker } from '../../worker.ts';
import type { Session } from '../session.ts';
import { MODULES_DEFAULT } from './dev.ts';

interface Options {
  natsUrl?: string;
  slots?: string;
  kinds?: string;
  lanes?: string;
}

export async function run(session: Session, command: Command): Promise<void> {
  const { cwd, interrupt } = session.world;
  const options = command.opts<Options>();
  loadEnvFile(join(cwd, '.env'));
  const environment = environmentWith(options, session.world.env, () => localNats(session));
  const settings = settingsOf('compute', environment, {
    NATS_URL: '--nats-url',
    ...(options.slots !== undefined && { MANYHANDS_SLOTS: '--slots' }),
    ...(options.kinds !== undefined && { MANYHANDS_KINDS: '--kinds' }),
    ...(options.lanes !== undefined && { MANYHANDS_LANES: '--lanes' }),
  });
  const named =
    command.args.length > 0
      ? [...command.args]
      : environment['MANYHANDS_KIND_MODULES']?.trim()
        ? settings.MANYHANDS_KIND_MODULES
        : [MODULES_DEFAULT];
  const lanes: readonly Lane[] | undefined =
    settings.MANYHANDS_LANES && LANES.filter((lane) => settings.MANYHANDS_LANES?.includes(lane));
  const { stderr } = session.world;
  const worker = await startWorker({
    natsUrl: settings.NATS_URL,
    natsAccess: natsAccess('The worker', settings),
    kindModules: findKindModules(named, cwd),
    log: createLogger('worker', {
      level: settings.MANYHANDS_LOG_LEVEL,
      destination: { isTTY: stderr.isTTY === true, write: (text: string) => void stderr.write(text) },
    }),
    traces: tracerSettings(settings),
    ...(settings.MANYHANDS_SLOTS !== undefined && { slots: settings.MANYHANDS_SLOTS }),
    ...(settings.MANYHANDS_KINDS && { kinds: settings.MANYHANDS_KINDS }),
    ...(lanes && { lanes }),
  });
  session.note(`computing ${worker.kinds.join(', ')} as ${worker.id} (Ctrl-C stops)`);
  if (!interrupt.aborted) await new Promise((resolve) => interrupt.addEventListener('abort', resolve, { once: true }));
  session.note('Stopping: what is computed is finished, or handed over. Press Ctrl-C again to end immediately.');
  await worker.stop(settings.MANYHANDS_DRAIN_WITHIN * 1_000);
}

function environmentWith(options: Options, env: Environment, localUrl: () => string | undefined): Environment {
  const url = options.natsUrl ?? env['NATS_URL'] ?? localUrl();
  return {
    ...env,
    ...(url !== undefined && { NATS_URL: url }),
    ...(options.slots !== undefined && { MANYHANDS_SLOTS: options.slots }),
    ...(options.kinds !== undefined && { MANYHANDS_KINDS: options.kinds }),
    ...(options.lanes !== undefined && { MANYHANDS_LANES: options.lanes }),
  };
}

/** Of the system that runs in this folder. */
function localNats(session: Session): string | undefined {
  const { home } = session.system;
  if (home === undefined) return undefined;
  try {
    return readFileSync(join(home, 'nats-url'), 'utf8').trim();
  } catch {
    return undefined;
  }
}
