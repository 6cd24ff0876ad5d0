/**
 * Logs as JSON lines, one object each, in the same words everywhere.
 *
 * Invariant: a line holds `level` (as a word), `time` (ISO 8601), `service`, `pid` and `message`; what it is about stands in
 * `LogFields`, spelled only here. Bytes of users' data are never logged.
 */
import type { LogLevel } from '@manyhands/proto/settings';
import { pino, stdTimeFunctions, type DestinationStream } from 'pino';

/** What a line can be about; each optional. */
export interface LogFields {
  job?: string;
  lease?: string;
  worker?: string;
  kind?: string;
  partition?: string;
  /** A step of the flow. */
  step?: string;
  /** The error, with its stack and causes. */
  err?: unknown;
}

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

/** A logger that writes to stdout, or to `destination`. */
export function createLogger(service: string, options: { level?: LogLevel; destination?: DestinationStream } = {}): Logger {
  const settings = {
    level: options.level ?? 'info',
    base: { service, pid: process.pid },
    messageKey: 'message',
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
}
