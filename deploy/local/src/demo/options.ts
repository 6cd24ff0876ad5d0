/** What `npm run demo` was asked for. Pure. */
import { NAMES_OF_SYSTEM, readCommandLine, withoutSecrets, type Command } from '@manyhands/proto/settings';
import { Refusal } from '../refusal.ts';
import { wholeNumber } from '../system/options.ts';

export interface DemoOptions {
  kind: string;
  /** `n` is a text where it is too large for an exact number. */
  params: { n: number | string };
  chunks: number;
  /** Only this system; undefined: a running one, else one of its own. */
  url: string | undefined;
  /** Leaves a system it started running. */
  keep: boolean;
}

export const demoCommand: Command = {
  typed: 'npm run demo -- [options]',
  about: 'Counts the primes below a billion on the running system, or on one it starts and stops again.',
  reader: 'start',
  options: {
    kind: { value: 'K', about: 'what to compute (default primes)' },
    n: { value: 'N', about: 'up to which number (default 1000000000, also written 1e9)' },
    chunks: { value: 'N', about: 'into how many slices (default 64)' },
    url: { value: 'URL', about: 'the system to use, e.g. http://localhost:8000' },
    keep: { about: 'leave a system it started running' },
  },
  settings: NAMES_OF_SYSTEM,
};

/** Throws a refusal that names what is wrong. */
export function parseDemo(args: readonly string[]): DemoOptions | 'help' {
  const line = readCommandLine(demoCommand, args, {});
  if (line === 'help') return 'help';
  const { kind, n, chunks, url, keep } = line.values as { kind?: string; n?: string; chunks?: string; url?: string; keep?: true };
  return {
    kind: kind ?? 'primes',
    params: { n: numberOrText(plainDigits(n ?? '1000000000')) },
    chunks: wholeNumber('--chunks', chunks ?? '64', 1, Number.MAX_SAFE_INTEGER),
    url: url === undefined ? undefined : checkedUrl(url),
    keep: keep ?? false,
  };
}

function numberOrText(digits: string): number | string {
  if (!/^\d{1,1000}$/.test(digits) || /^0+$/.test(digits))
    throw new Refusal(
      `Manyhands cannot start: --n must be a whole number from 1, like 1000000000 or 1e9 (it is ${JSON.stringify(digits)}).`,
    );
  return Number.isSafeInteger(Number(digits)) ? Number(digits) : digits;
}

/** `1e9` and `1_000_000` as digits; anything else as it is. */
function plainDigits(text: string): string {
  if (/^\d{1,3}(_\d{3})+$/.test(text)) return text.replaceAll('_', '');
  const [, digits, zeros] = /^(\d+)e(\d{1,2})$/i.exec(text) ?? [];
  return digits && zeros ? digits + '0'.repeat(Number(zeros)) : text;
}

function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new Refusal(
      `Manyhands cannot start: --url must be an address like http://localhost:8000 (it is ${JSON.stringify(withoutSecrets(text))}).`,
    );
  if (url.href !== `${url.origin}/`)
    throw new Refusal(
      `Manyhands cannot start: --url must be the address of a gateway alone, like ${url.origin} (it is ${JSON.stringify(withoutSecrets(text))}).`,
    );
  return url.origin;
}
