/**
 * What a command that measures or breaks the system needs before: `.env`, its command line, its settings, the build, and a nats-server.
 *
 * Invariant: what is started after it has the settings that the command gives it, and none that a user has set for a system of theirs.
 */
import {
  helpOf,
  readCommandLine,
  settingsOf,
  SETTING_NAMES,
  WrongSettings,
  type Command,
  type CommandLine,
  type Environment,
} from '@manyhands/proto/settings';
import { readEnvFile } from '../env-file.ts';
import { homeOf, projectFolder } from '../home.ts';
import { openHome } from '../home-folder.ts';
import { findNatsServer } from '../nats-server/find.ts';
import { runEntry } from '../refusal.ts';
import { buildProject } from './project-build.ts';

export interface Tool<Options> {
  command: Command;
  /** Throws a sentence about what is wrong with them. */
  parse: (values: CommandLine['values']) => Options;
  /** Workspaces it needs no build of. */
  except?: readonly string[];
  /** Returns the exit code. */
  run: (options: Options) => Promise<number>;
}

export async function runTool<Options>({ command, parse, except = [], run }: Tool<Options>): Promise<void> {
  await runEntry(async () => {
    readEnvFile();
    const line = readCommandLine(command, process.argv.slice(2), process.env);
    if (line === 'help') {
      process.stdout.write(helpOf(command));
      return 0;
    }
    const options = parse(line.values);
    settingsOf(command.reader, line.environment);
    const say = (text: string): void => console.log(text);
    const interrupted = new AbortController();
    const interrupt = (): void => interrupted.abort(new WrongSettings('Stopped.'));
    for (const signal of signals) process.once(signal, interrupt);
    const program = await findNatsServer({ cacheFolder: openHome(homeOf(process.env)).bin, env: process.env, say });
    await buildProject({ projectFolder, except, say, signal: interrupted.signal });
    for (const signal of signals) process.off(signal, interrupt);
    Object.assign(process.env, withoutSettings(process.env), { MANYHANDS_NATS_SERVER: program });
    return run(options);
  });
  process.exit();
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The same environment in which each setting that is set is blank, which counts as not given, and which no `.env` is read over. Pure. */
export function withoutSettings(environment: Environment): Record<string, string> {
  const blank = Object.fromEntries(SETTING_NAMES.map((name) => [name, '']));
  return { ...(environment as Record<string, string>), ...blank };
}

/** One of several words, or a sentence. */
export function wordOf<Word extends string>(who: string, option: string, text: string, words: readonly Word[]): Word {
  const word = words.find((each) => each === text);
  if (word === undefined)
    throw new WrongSettings(
      `${who} cannot start: --${option} must be one of ${words.join(', ')} (it is ${JSON.stringify(text)}).`,
    );
  return word;
}

/** A number that is large enough, or a sentence. */
export function numberOf(who: string, option: string, text: string, what: string, isRight: (value: number) => boolean): number {
  const value = Number(text);
  if (text.trim() === '' || !isRight(value))
    throw new WrongSettings(`${who} cannot start: --${option} must be ${what} (it is ${JSON.stringify(text)}).`);
  return value;
}
