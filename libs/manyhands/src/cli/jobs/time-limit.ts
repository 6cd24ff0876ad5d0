/** `--timeout 10m`: how long a command follows a job. Pure. */
import { usage } from '../exit.ts';

const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds. A bare number is seconds. */
export function readTimeLimit(text: string): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d)?$/.exec(text.trim()) ?? [];
  if (number === undefined || Number(number) === 0)
    throw usage(`A time is a number with a unit, like 30s, 10m or 2h (it is ${JSON.stringify(text)}).`);
  return Number(number) * units[unit]!;
}
