/**
 * Logs as JSON lines, one object each, in the same words everywhere; at a terminal as sentences.
 *
 * Invariant: a line holds `level` (as a word), `time` (ISO 8601), `service`, `pid` and `message`; what it is about stands in
 * `LogFields`, spelled only here. Bytes of users' data are never logged. A sentence that repeats is printed
 * `REPEATS_MAX` times within 10 s, and once more with the number of `repeats` that were left out.
 */
import type { LogLevel } from '@manyhands/proto/settings';
import { pino, stdTimeFunctions, type DestinationStream, type LoggerOptions } from 'pino';
import { readableLineOfService } from './readable-line.ts';
import { RepeatLimit, WINDOW_MS } from './repeat-limit.ts';

/** What a line can be about; each optional. */
export interface LogFields {
  job?: string;
  lease?: string;
  worker?: string;
  /** Id of the trace, where the request, job or lease is traced. */
  trace?: string | undefined;
  kind?: string;
  partition?: string;
  /** A step of the flow. */
  step?: string;
  /** The error, with its stack and causes. */
  err?: unknown;
}

/** As pino counts levels. */
const DEBUG = 20;

export type { LogLevel };

export interface LogMethod {
  (message: string): void;
  (fields: LogFields, message: string): void;
}

export interface Logger {
  debug: LogMethod;
  info: LogMethod;
  warn: LogMethod;
  error: LogMethod;
  /** A logger whose every line carries these fields. */
  child(fields: LogFields): Logger;
}

/** A logger that writes to stdout, or to `destination`: sentences if that is a terminal, else JSON. */
export function createLogger(
  service: string,
  options: { level?: LogLevel; destination?: DestinationStream & { isTTY?: boolean } } = {},
): Logger {
  const settings: LoggerOptions = {
    level: options.level ?? 'info',
    base: { service, pid: process.pid },
    messageKey: 'message',
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    hooks: { logMethod: limitingRepeats() },
  };
  const destination = options.destination ?? process.stdout;
  if (destination.isTTY === true)
    return pino(settings, { write: (line) => void destination.write(`${readableLineOfService(line.trimEnd())}\n`) });
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
}

/** Debug lines are asked for, so they all come. */
function limitingRepeats(): NonNullable<NonNullable<LoggerOptions['hooks']>['logMethod']> {
  const limit = new RepeatLimit();
  return function (args, method, level) {
    const given = args as [string] | [LogFields, string];
    const fields = given.length === 2 ? given[0] : {};
    const message = given.at(-1) as string;
    const sentence = `${this.levels.labels[level]} ${message} ${fields.err instanceof Error ? fields.err.message : ''}`;
    const verdict = level <= DEBUG ? 'print' : limit.take(sentence, performance.now());
    if (verdict === 'print') method.apply(this, args);
    if (verdict !== 'leave first') return;
    const stateLeft = (): void => {
      method.apply(this, [{ ...fields, repeats: limit.left(sentence) }, message]);
    };
    setTimeout(stateLeft, WINDOW_MS).unref();
  };
}
