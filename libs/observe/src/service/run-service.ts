/**
 * Runs one service from its start to its end.
 *
 *   starting ──started──▶ running ──signal──▶ closing ──closed, or `endsWithinMs` passed──▶ ended (0)
 *      ├──signal──▶ ended (0), once the start is over or `startGraceMs` passed
 *      └──failed──▶ ended: 78 when starting it again cannot help, else 1, with a sentence on standard error
 *
 * The signal is SIGTERM, SIGINT or SIGHUP: a user ends the process, presses Ctrl-C or closes the terminal. Invariant: from the first line on, a signal ends the
 * process with 0, and never as a crash, within `endsWithinMs`: a supervisor that waits for less kills it. Measured before, with a NATS that held its connections and
 * answered nothing: 27 s for the coordinator, 36 s for compute. What is cut off is done again by others, as after a crash. A second SIGINT that is not the same key press ends it at once.
 */
import { fileURLToPath } from 'node:url';
import { isManyhandsError } from '@manyhands/proto';
import {
  EXIT_WRONG_SETTINGS,
  helpOf,
  readCommandLine,
  WrongSettings,
  type Command,
  type Environment,
  type Spellings,
} from '@manyhands/proto/settings';
import { readSecretFiles } from './secret-files.ts';

export { isFolder } from './folder.ts';
export { NATS_ACCESS_NAMES, natsAccess, type NatsAccess } from './nats-access.ts';

export interface RunningService {
  close(): Promise<unknown>;
  /** The most that `close` may take; default 10 s. */
  endsWithinMs?: number;
}

export interface ServiceEntry {
  /** Its options, and what `--help` prints. */
  command: Command;
  /** Resolves when it runs. `failed` ends the process for a reason that is known only later. */
  start(environment: Environment, failed: (error: unknown) => void, spelled: Spellings): Promise<RunningService>;
  /** Folder of the `.env` file; default: of the project. */
  envFolder?: URL;
}

const startGraceMs = 2_000;
const endsWithinMsDefault = 10_000;
const samePressMs = 1_000;
const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
const projectFolder = new URL('../../../../', import.meta.url);

export async function runService({ command, start, envFolder = projectFolder }: ServiceEntry): Promise<void> {
  const told = hearSignals();
  const fail = (error: unknown): void => {
    if (told.signal.aborted) process.exit(0);
    process.stderr.write(`${sentenceOf(error)}\n`);
    process.exit(exitCodeOf(error));
  };
  try {
    loadEnvFile(fileURLToPath(new URL('.env', envFolder)));
    const line = readCommandLine(command, process.argv.slice(2), process.env);
    if (line === 'help') return void process.stdout.write(helpOf(command));
    const starting = start(line.environment, fail, line.spelled);
    const giveUp = (): void => void setTimeout(() => process.exit(0), startGraceMs).unref();
    told.signal.addEventListener('abort', giveUp);
    const service = await starting;
    told.signal.removeEventListener('abort', giveUp);
    if (told.signal.aborted) setTimeout(() => process.exit(0), startGraceMs).unref();
    else await told.promise;
    setTimeout(() => cutOff(service), service.endsWithinMs ?? endsWithinMsDefault);
    await service.close();
    process.exit(0);
  } catch (error) {
    fail(error);
  }
}

function cutOff({ endsWithinMs = endsWithinMsDefault }: RunningService): never {
  process.stderr.write(
    `It did not end within ${endsWithinMs / 1_000} s and is cut off. Nothing is lost: others do what it had in hand. Does NATS answer?\n`,
  );
  process.exit(0);
}

/** Of the first signal; a later Ctrl-C ends the process. */
function hearSignals(): { promise: Promise<void>; signal: AbortSignal } {
  const told = Promise.withResolvers<void>();
  const abort = new AbortController();
  let firstAtMs: number | undefined;
  for (const name of signals) {
    process.on(name, () => {
      if (firstAtMs !== undefined && name === 'SIGINT' && performance.now() - firstAtMs > samePressMs) process.exit(130);
      firstAtMs ??= performance.now();
      abort.abort();
      told.resolve();
    });
  }
  // A closed terminal takes what is written to it with it.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return { promise: told.promise, signal: abort.signal };
}

/** What can never work as it is set: starting it again would end the same way. */
export function exitCodeOf(error: unknown): number {
  return error instanceof WrongSettings || (isManyhandsError(error) && !error.retryable) ? EXIT_WRONG_SETTINGS : 1;
}

export function sentenceOf(error: unknown): string {
  if (error instanceof WrongSettings || isManyhandsError(error)) return error.message;
  // A programmer's mistake is found by its stack.
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** What stands in the environment already wins. A missing file is none. Secrets that are given by file are read, too. */
export function loadEnvFile(file: string): void {
  readEnvFile(file);
  readSecretFiles(process.env);
}

function readEnvFile(file: string): void {
  try {
    process.loadEnvFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      throw new WrongSettings(`${file} cannot be read (${code ?? String(error)}). Correct it, or remove it.`, { cause: error });
  }
}
