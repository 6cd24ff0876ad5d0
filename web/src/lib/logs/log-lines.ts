/** Lines that a job logged, as they are held by the page. Pure. */
import type { LogLevel } from '@manyhands/proto';
import type { JobLogLine, LogPage } from '@manyhands/sdk';

/** More lines than this are not held: the oldest leave, and are read again on demand. */
export const linesMost = 2_000;

export const levels = ['debug', 'info', 'warn', 'error'] as const satisfies readonly LogLevel[];

export interface HeldLines {
  /** By rising id. */
  lines: readonly JobLogLine[];
  /** Whether there are lines before them. */
  older: boolean;
}

/** The lines with those that came, each once, by rising id. `keep`: which end stays when there are too many. */
export function mergedLines(held: HeldLines, came: readonly JobLogLine[], keep: 'newest' | 'oldest' = 'newest'): HeldLines {
  const byId = new Map([...held.lines, ...came].map((line) => [line.id, line]));
  const lines = [...byId.values()].sort((a, b) => Number(a.id) - Number(b.id));
  if (lines.length <= linesMost) return { lines, older: held.older };
  return keep === 'newest'
    ? { lines: lines.slice(-linesMost), older: true }
    : { lines: lines.slice(0, linesMost), older: held.older };
}

/**
 * The newest page, and what came live while it was on its way. Lines before it leave: what was logged between them and the page may not be held, and is
 * read on demand like all that is older.
 */
export function newestLines(held: readonly JobLogLine[], page: Pick<LogPage, 'lines' | 'prev_cursor'>): HeldLines {
  const from = Number(page.lines[0]?.id ?? 0);
  const came = held.filter(({ id }) => Number(id) >= from);
  return mergedLines({ lines: came, older: page.prev_cursor !== null }, page.lines);
}

/** Lines of this level or a higher one. */
export function ofLevel(lines: readonly JobLogLine[], least: LogLevel): readonly JobLogLine[] {
  const from = levels.indexOf(least);
  return from === 0 ? lines : lines.filter(({ level }) => levels.indexOf(level) >= from);
}
