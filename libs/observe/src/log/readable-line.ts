/** A log line as people read it at a terminal: its level if that is bad, its sentence, its fields, the stack of its error. Pure. */
const levels: Partial<Record<string, string>> = {
  trace: 'trace',
  debug: 'debug',
  info: '',
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'FATAL',
};
/** Fields of every entry that an operator at the terminal does not need, and those shown in their own way. */
const shownOtherwise = new Set(['level', 'time', 'pid', 'service', 'message', 'err']);

/** Text that is no entry of a log stays as it is. */
export function readableLine(line: string): string {
  const entry = entryOf(line);
  if (!entry) return line;
  const level = levels[entry['level'] as string] ?? '';
  const fields = Object.entries(entry)
    .filter(([key]) => !shownOtherwise.has(key))
    .map(([key, value]) => `${key}=${textOf(value)}`);
  const problem = entry['err'] as { stack?: string; message?: string } | undefined;
  const text = [level, entry['message'] as string, ...fields].filter((part) => part !== '').join(' ');
  return problem ? `${text}\n${problem.stack ?? problem.message ?? ''}` : text;
}

/** The same, behind the time of day in UTC and the service: for a process that has a terminal of its own. */
export function readableLineOfService(line: string): string {
  const entry = entryOf(line);
  if (!entry) return line;
  const { time, service } = entry as { time?: unknown; service?: unknown };
  const of = [typeof time === 'string' ? time.slice(11, 19) : '', typeof service === 'string' ? service : ''];
  return [...of.filter((part) => part !== ''), readableLine(line)].join(' ');
}

function entryOf(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{"')) return undefined;
  try {
    const entry = JSON.parse(line) as Record<string, unknown>;
    return typeof entry['level'] === 'string' && typeof entry['message'] === 'string' ? entry : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' && !/[\s"=]/.test(value) ? value : JSON.stringify(value);
}
