/** `npm start`: runs the whole system until Ctrl-C, then drains it. */
import { availableParallelism } from 'node:os';
import { helpOf, withoutSecrets } from '@manyhands/proto/settings';
import { readEnvFile } from '../env-file.ts';
import { homeOf, projectFolder } from '../home.ts';
import { openHome } from '../home-folder.ts';
import { natsCliCommand } from '../nats-server/access.ts';
import { Refusal, runEntry } from '../refusal.ts';
import { meaningOfInterrupt } from '../supervise/interrupts.ts';
import { watchParent } from '../supervise/parent-watch.ts';
import { isWorthShowing, renderLogLine } from '../supervise/log-line.ts';
import { parseStart, startCommand } from '../system/options.ts';
import { waitUntilReady } from '../system/readiness.ts';
import { startSystem, type LocalSystem } from '../system/system.ts';

const coloured = process.env['NO_COLOR'] === undefined && (process.stdout.isTTY || process.env['FORCE_COLOR'] !== undefined);
const show = (name: string, line: string): void => void process.stdout.write(`${renderLogLine(name, line, coloured)}\n`);
const say = (line: string): void => show('manyhands', line);

process.umask(0o077);

await runEntry(async () => {
  readEnvFile();
  const options = parseStart(process.argv.slice(2), process.env, availableParallelism());
  if (options === 'help') {
    process.stdout.write(helpOf(startCommand));
    return 0;
  }
  const home = homeOf(process.env);
  const starting = new AbortController();
  const asked = Promise.withResolvers<void>();
  let system: LocalSystem | undefined;
  let firstAtMs: number | undefined;
  let failure: string | undefined;
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
        events: {
          line: (name, line) => isWorthShowing(name, line) && show(name, line),
          died: (name, how, restartInMs) => say(`${name} ${how}; starting it again in ${restartInMs / 1000} s`),
        },
      },
      starting.signal,
    );
    say(`${options.natsUrl ? 'Using' : 'Started'} NATS at ${withoutSecrets(system.natsUrl)}`);
    if (!options.natsUrl) say(`To use the nats CLI with it, run this once in your terminal: ${natsCliCommand(openHome(home))}`);
    const { failed } = system;
    void failed.then((sentence) => {
      failure = sentence;
      starting.abort();
      asked.resolve();
    });
    await waitUntilReady({ url: system.url, signal: starting.signal, waiting: (missing) => say(`Still starting: ${missing}`) });
    say(`Ready: ${system.url} (Ctrl-C stops)`);
  } catch (error) {
    if (!starting.signal.aborted) throw error;
  }
  await asked.promise;
  await system?.drain();
  if (failure !== undefined) throw new Refusal(failure);
  say('Stopped.');
  return 0;
});
