/** Numbers and times as people read them. Always English, so that digits line up with the rest of the page. */
import { thousands } from './numbers/thousands.ts';

const compact = made(() => new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 }));
const dateTimes = new Map<string | undefined, Intl.DateTimeFormat>();

/** When it is first used, and then kept: a phone takes milliseconds for each, before the first page is drawn. */
function made<T>(make: () => T): () => T {
  let kept: T | undefined;
  return () => (kept ??= make());
}

/** `1,234,567`, rounded. By hand, as `formatAgo`: the first `Intl.NumberFormat` took 15 ms in a profile of the page of a job. */
export function formatCount(count: number): string {
  return Number.isFinite(count) ? grouped(BigInt(Math.round(count))) : String(count);
}

function grouped(whole: bigint): string {
  return whole < 0n ? `-${thousands(String(-whole))}` : thousands(String(whole));
}

const byteUnits = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const;

/** `512 bytes`, `1.4 KB`, `38 MB`: in thousands, as file managers do. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(byteUnits.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  if (power === 0) return `${formatCount(bytes)} ${bytes === 1 ? 'byte' : 'bytes'}`;
  return `${value < 9.95 ? value.toFixed(1) : formatCount(value)} ${byteUnits[power]}`;
}

/** `1`, `0.7`, `1,240`, `3.2M` … for a rate per second. */
export function formatRate(perSec: number): string {
  if (perSec >= 100_000) return compact().format(perSec);
  if (perSec >= 100) return formatCount(perSec);
  return String(Number(perSec.toPrecision(2)));
}

/** Down, so that 100 % means all of it and nothing less. */
export function formatPercent(fraction: number): string {
  return `${Math.floor(Math.min(Math.max(fraction, 0), 1) * 100 + 1e-9)} %`;
}

/** `4 ms`, `0.82 s`, `12.4 s`, `3 min 05 s`, `2 h 10 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 0.0995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const rounded = Math.round(seconds);
  if (rounded < 3600) return `${Math.floor(rounded / 60)} min ${String(rounded % 60).padStart(2, '0')} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** `41 s`, `7.5 s`, `0.12 s`: two digits, because what is foreseen, or a mean, has no more. */
export function formatAbout(seconds: number): string {
  return seconds < 0.0995 || seconds >= 59.5 ? formatDuration(seconds) : `${seconds.toPrecision(2)} s`;
}

/** Coarser than a duration: an estimate does not have tenths. */
export function formatTimeLeft(seconds: number): string {
  if (seconds < 1) return '< 1 s';
  return seconds < 60 ? `${Math.ceil(seconds)} s` : formatDuration(seconds);
}

const units: [string, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** `just now`, `12 seconds ago`, `3 minutes ago`, `yesterday`. */
export function formatAgo(iso: string, nowMs: number): string {
  const seconds = Math.max(0, (nowMs - Date.parse(iso)) / 1000);
  if (seconds < 5) return 'just now';
  const [unit, size] = units.find(([, each]) => seconds >= each) ?? ['second', 1];
  const count = Math.floor(seconds / size);
  if (count > 1) return `${formatCount(count)} ${unit}s ago`;
  return unit === 'day' ? 'yesterday' : `1 ${unit} ago`;
}

/** `Nov 28, 2026, 06:30:00 GMT+1`: in this zone, or the browser's, and always with its name: two clocks stand on one page. */
export function formatDateTime(iso: string, timeZone?: string): string {
  let format = dateTimes.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en', {
      year: 'numeric',
      month: 'short',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
      timeZoneName: 'short',
      ...knownZone(timeZone),
    });
    dateTimes.set(timeZone, format);
  }
  return format.format(new Date(iso));
}

/** `06:30:00.125`, by the browser's clock. Not by `Intl`, of which one more format takes a phone a tenth of a second to make. */
export function formatTime(iso: string): string {
  const at = new Date(iso);
  const [hours, minutes, seconds] = [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) =>
    String(part).padStart(2, '0'),
  );
  return `${hours}:${minutes}:${seconds}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

/** A zone that this browser does not know is left out: its own is named instead. */
function knownZone(timeZone: string | undefined): { timeZone?: string } {
  try {
    return timeZone === undefined ? {} : { timeZone: new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone };
  } catch {
    return {};
  }
}

/** `10^11` and `2^53` in a text, as the numbers beside it are written: `10¹¹`, `2⁵³`. */
export function raisedPowers(text: string): string {
  return text.replace(/(\d)\s?\^\s?(\d+)/g, (_, base: string, power: string) => base + raised(power));
}

/** A result's text: numbers and strings of digits grouped in thousands, other JSON indented. */
export function formatResult(result: unknown): string {
  // Above 2^53 a number stands for others as well, but what was sent is what is shown.
  if (typeof result === 'number' && Number.isInteger(result) && Math.abs(result) < 1e21) return grouped(BigInt(result));
  if (typeof result === 'string') {
    const [, sign = '', digits] = /^(-?)(\d+)$/.exec(result) ?? [];
    return digits === undefined ? result : sign + thousands(digits);
  }
  return JSON.stringify(result, null, 2);
}

/** What "copy" puts on the clipboard: the bare value. */
export function copiedResult(result: unknown): string {
  return typeof result === 'string' ? result : JSON.stringify(result);
}

/** Parameters on one line: `n 1,000,000 · step 2`. */
export function formatParams(params: Record<string, unknown>): string {
  return Object.entries(params)
    .map(
      ([name, value]) =>
        `${name} ${typeof value === 'number' || typeof value === 'string' ? formatResult(value) : JSON.stringify(value)}`,
    )
    .join(' · ');
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

function raised(digits: string): string {
  return [...digits].map((digit) => superscripts[Number(digit)]).join('');
}

/** A number in few characters, for a button: `10⁹`, `2.5M`, `640`. */
export function formatBrief(value: unknown): string {
  if (typeof value !== 'number' && !/^\d{7,}$/.test(String(value))) return String(value);
  const text = String(value);
  if (/^10{5,}$/.test(text)) return `10${raised(String(text.length - 1))}`;
  return compact().format(Number(value));
}

/** The end of an id, enough to tell jobs apart in a list: UUIDv7 starts with the time. */
export function shortId(id: string): string {
  return id.slice(-8);
}

/** How long something is kept: `an hour`, `6 hours`, `a day`, `7 days`, `36 hours`. */
export function formatHours(hours: number): string {
  if (hours % 24 === 0) return hours === 24 ? 'a day' : `${hours / 24} days`;
  return hours === 1 ? 'an hour' : `${hours} hours`;
}

const days = made(() => new Intl.DateTimeFormat('en', { year: 'numeric', month: 'short', day: 'numeric' }));

/** Where the hour does not matter. */
export function formatDay(iso: string): string {
  return days().format(new Date(iso));
}
