/** A stored line as users see it, and which of them a client asked for. Pure. A line of another release is left out. */
import { type Answer, decode, isManyhandsError, LogLevel, LogLine } from '@manyhands/proto';

export type ListedLine = Answer<'LogPage'>['lines'][number];

/** A line as it is stored; `sequence` is its id. */
export interface StoredLine {
  sequence: number;
  data: Uint8Array;
}

export interface LineFilter {
  level?: LogLevel | undefined;
  worker?: string | undefined;
}

function listedLine({ sequence, data }: StoredLine): ListedLine | undefined {
  const line = readable(data);
  if (line === undefined) return undefined;
  const { v: _v, type: _type, job_id: _job, ...listed } = line;
  return { id: String(sequence), ...listed };
}

function isWanted(line: Pick<LogLine, 'level' | 'worker'>, { level, worker }: LineFilter): boolean {
  return (
    (worker === undefined || line.worker === worker) &&
    (level === undefined || LogLevel.options.indexOf(line.level) >= LogLevel.options.indexOf(level))
  );
}

/** The lines that fit, as users see them. */
export function listedLines(stored: readonly StoredLine[], filter: LineFilter): ListedLine[] {
  return stored.map(listedLine).filter((line) => line !== undefined && isWanted(line, filter)) as ListedLine[];
}

export function isWantedData(data: Uint8Array, filter: LineFilter): boolean {
  const line = readable(data);
  return line !== undefined && isWanted(line, filter);
}

function readable(data: Uint8Array): LogLine | undefined {
  try {
    return decode(LogLine, data);
  } catch (error) {
    if (isManyhandsError(error, 'undecodable')) return undefined;
    throw error;
  }
}
