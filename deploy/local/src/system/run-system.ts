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
  /** Default: of this process. */
  args?: readonly string[];
  /** Where its log goes; default: standard output. */
  output?: Output;
  /** Before the first process of the system is started; rejects when it is aborted. */
  build?: (say: (line: string) => void, signal: AbortSignal) => Promise<void>;
  /** Processes beside the system; `url` is where its gateway answers. */
  more?: (url: string) => ProcessPlan[];
  /** When it is ready; returns how to end what was begun, which happens before the system ends. */
  whenReady?: (system: LocalSystem, say: (line: string) => void, show: ShowLine) => () => void | Promise<void>;
}

interface Output {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** Prints a line that a process printed, with its name in front. */
export type ShowLine = (name: string, line: string) => void;

function lineShower(output: Output): ShowLine {
  const coloured = process.env['NO_COLOR'] === undefined && (output.isTTY === true || process.env['FORCE_COLOR'] !== undefined);
  return (name, line) => void output.write(`${renderLogLine(name, line, coloured)}\n`);
}

/** Returns the exit code. Throws a refusal, or `WrongSettings`. */
export async function runSystem({ command, args, output = process.stdout, build, more, whenReady }: SystemRun): Promise<number> {
  const show = lineShower(output);
  const say = (line: string): void => show('manyhands', line);
  process.umask(0o077);
  readEnvFile();
  const options = parseStart(args ?? process.argv.slice(2), process.env, availableParallelism(), command);
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
  let endMore: (() => void | Promise<void>) | undefined;
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
    await waitUntilReady({
      url: system.url,
      signal: starting.signal,
      waiting: (missing) => say(`Still starting: ${missing}`),
      withoutWorkers: options.compute === 0,
    });
    say(`Ready: open ${system.url} in a browser (Ctrl-C stops)`);
    endMore = whenReady?.(system, say, show);
  } catch (error) {
    if (!starting.signal.aborted) throw error;
  }
  await asked.promise;
  await endMore?.();
  await system?.drain();
  if (failure !== undefined) throw new Refusal(failure);
  say('Stopped.');
  return 0;
}
