/**
 * Makes the lines of several processes readable as one log: a coloured name in front, JSON log entries as a sentence with fields.
 * Pure.
 */
const colours: Partial<Record<string, number>> = {
  'nats-server': 90,
  gateway: 36,
  coordinator: 35,
  compute: 32,
  metrics: 33,
  dashboard: 34,
  kinds: 32,
  manyhands: 1,
};
const levels: Partial<Record<string, string>> = { debug: 'debug', info: '', warn: 'WARN', error: 'ERROR', fatal: 'FATAL' };
/** Fields of every entry that an operator at the terminal does not need, and those shown in their own way. */
const shownOtherwise = new Set(['level', 'time', 'pid', 'service', 'message', 'err']);

const nameWidth = 'coordinator'.length;

/** One line as shown. `name` may carry a number (`compute-2`). */
export function renderLogLine(name: string, line: string, coloured: boolean): string {
  const padded = name.padEnd(nameWidth);
  const colour = colours[name] ?? colours[name.replace(/-\d+$/, '')] ?? 0;
  return `${coloured ? `\u001b[${colour}m${padded}\u001b[0m` : padded} | ${sentenceOf(line)}`;
}

/**
 * nats-server is only shown when something is wrong: its chatter about streams means nothing to a user, nor do the warnings with
 * which it reads its store again after it was killed.
 */
export function isWorthShowing(name: string, line: string): boolean {
  // One per refused message, after one for the stream.
  if (name === 'nats-server' && line.includes('failed to store a msg')) return false;
  if (name === 'nats-server' && /\[WRN\] Filestore .*(rebuild|recover)/i.test(line)) return false;
  return name !== 'nats-server' || /\[(WRN|ERR|FTL)\]/.test(line) || !/^\[\d+\]/.test(line);
}

function sentenceOf(line: string): string {
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
