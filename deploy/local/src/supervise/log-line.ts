/**
 * Makes the lines of several processes readable as one log: a coloured name in front, JSON log entries as a sentence with fields.
 * Pure.
 */
import { readableLine } from '@manyhands/observe/readable-line';

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

const nameWidth = 'coordinator'.length;

/** One line as shown. `name` may carry a number (`compute-2`). */
export function renderLogLine(name: string, line: string, coloured: boolean): string {
  const padded = name.padEnd(nameWidth);
  const colour = colours[name] ?? colours[name.replace(/-\d+$/, '')] ?? 0;
  return `${coloured ? `\u001b[${colour}m${padded}\u001b[0m` : padded} | ${readableLine(line)}`;
}

/**
 * nats-server is only shown when something is wrong: its chatter about streams means nothing to a user, nor do the warnings with
 * which it reads its store again after it was killed.
 */
export function isWorthShowing(name: string, line: string): boolean {
  // That of workers started by hand is random, and its file is readable by its owner alone.
  if (name === 'nats-server' && line.includes('Plaintext passwords detected')) return false;
  // One per refused message, after one for the stream.
  if (name === 'nats-server' && line.includes('failed to store a msg')) return false;
  if (name === 'nats-server' && /\[WRN\] Filestore .*(rebuild|recover)/i.test(line)) return false;
  return name !== 'nats-server' || /\[(WRN|ERR|FTL)\]/.test(line) || !/^\[\d+\]/.test(line);
}
