/** Runs the whole system until Ctrl-C, then drains it. */
import { availableParallelism } from 'node:os';
import { helpOf, withoutSecrets, type Command } from '@manyhands/proto/settings';
import { readEnvFile } from '../env-file.ts';
import { homeOf, projectFolder } from '../home.ts';
import { openHome } from '../home-folder.ts';
import { natsCliCommand } from '../nats-server/access.ts';
import { Refusal } from '../refusal.ts';
import { meaningOfInterrupt } from '../supervise/interrupts.ts';
import { watchParent } from '../supervise/parent-watch.ts';
import type { ProcessPlan } from '../supervise/process-plan.ts';
import { isWorthShowing, renderLogLine } from '../supervise/log-line.ts';
import { parseStart } from './options.ts';
import { waitUntilReady } from './readiness.ts';
import { startSystem, type LocalSystem } from './system.ts';

export interface SystemRun {
  command: Command;
  /** Before the first process of the system is started; rejects when it is aborted. */
  build?: (say: (line: string) => void, signal: AbortSignal) => Promise<void>;
  /** Processes beside the system; `url` is where its gateway answers. */
  more?: (url: string) => ProcessPlan[];
  /** When it is ready; returns how to end what was begun. */
  whenReady?: (system: LocalSystem, say: (line: string) => void) => () => void;
}

const coloured = process.env['NO_COLOR'] === undefined && (process.stdout.isTTY || process.env['FORCE_COLOR'] !== undefined);
const show = (name: string, line: string): void => void process.stdout.write(`${renderLogLine(name, line, coloured)}\n`);
const say = (line: string): void => show('manyhands', line);

/** Returns the exit code. Throws a refusal, or `WrongSettings`. */
export async function runSystem({ command, build, more, whenReady }: SystemRun): Promise<number> {
  process.umask(0o077);
  readEnvFile();
  const options = parseStart(process.argv.slice(2), process.env, availableParallelism(), command);
  if (options === 'help') {
    process.stdout.write(helpOf(command));
    return 0;
  }
  const home = homeOf(process.env);
  const starting = new AbortController();
  const asked = Promise.withResolvers<void>();
  let system: LocalSystem | undefined;
  let firstAtMs: number | undefined;
  let failure: string | undefined;
  let endMore: (() => void) | undefined;
  const interrupted = (): void => {
    const meaning = meaningOfInterrupt(firstAtMs, performance.now());
    if (meaning === 'drain') {
      firstAtMs = performance.now();
      say('Stopping. Press Ctrl-C again to end everything immediately.');
      starting.abort();
      asked.resolve();
    } else if (meaning === 'force') {
      if (system) void system.force();
      else process.exit(1);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupted);
  process.once('disconnect', interrupted);
  watchParent({ env: process.env, gone: interrupted });
  // A closed terminal takes what is written to it with it; the end goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  process.channel?.unref();

  try {
    system = await startSystem(
      {
        options,
        home,
        projectFolder,
        env: process.env,
        say,
        ...(build && { build: () => build(say, starting.signal) }),
        ...(more && { more }),
        events: {
          line: (name, line) => isWorthShowing(name, line) && show(name, line),
          died: (name, how, restartInMs) => say(`${name} ${how}; starting it again in ${restartInMs / 1000} s`),
        },
      },
      starting.signal,
    );
    const forCli = `; to use the nats CLI with it, run this once in your terminal: ${natsCliCommand(openHome(home))}`;
    say(`${options.natsUrl ? 'Using' : 'Started'} NATS at ${withoutSecrets(system.natsUrl)}${options.natsUrl ? '' : forCli}`);
    const { failed } = system;
    void failed.then((sentence) => {
      failure = sentence;
      starting.abort();
      asked.resolve();
    });
    await waitUntilReady({ url: system.url, signal: starting.signal, waiting: (missing) => say(`Still starting: ${missing}`) });
    say(`Ready: open ${system.url} in a browser (Ctrl-C stops)`);
    endMore = whenReady?.(system, say);
  } catch (error) {
    if (!starting.signal.aborted) throw error;
  }
  await asked.promise;
  endMore?.();
  await system?.drain();
  if (failure !== undefined) throw new Refusal(failure);
  say('Stopped.');
  return 0;
}
