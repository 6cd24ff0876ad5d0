/** What `npm run demo` was asked for. Pure. */
import { parseArgs } from 'node:util';
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

export const demoHelp = `npm run demo -- [options]     Counts the primes below a billion on the running system, or on one it starts and stops again.

  --kind K      what to compute (default primes)
  --n N         up to which number (default 1000000000, also written 1e9)
  --chunks N    into how many slices (default 64)
  --url URL     the system to use, e.g. http://localhost:8000
  --keep        leave a system it started running
  --help        this text
`;

/** Throws a refusal that names what is wrong. */
export function parseDemo(args: readonly string[]): DemoOptions | 'help' {
  const values = parse(args);
  if (values.help) return 'help';
  return {
    kind: values.kind ?? 'primes',
    params: { n: numberOrText(plainDigits(values.n ?? '1000000000')) },
    chunks: wholeNumber('--chunks', values.chunks ?? '64', 1, Number.MAX_SAFE_INTEGER),
    url: values.url === undefined ? undefined : checkedUrl(values.url),
    keep: values.keep ?? false,
  };
}

function parse(args: readonly string[]): {
  kind?: string;
  n?: string;
  chunks?: string;
  url?: string;
  keep?: boolean;
  help?: boolean;
} {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({ args: [...args], options: { kind: text, n: text, chunks: text, url: text, keep: flag, help: flag } })
      .values;
  } catch (error) {
    throw new Refusal(`${(error as Error).message}\n\n${demoHelp}`);
  }
}

function numberOrText(digits: string): number | string {
  if (!/^\d{1,1000}$/.test(digits) || /^0+$/.test(digits))
    throw new Refusal(`--n is "${digits}"; it must be a whole number from 1, like 1000000000 or 1e9.`);
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
    throw new Refusal(`--url is "${text}"; it must look like http://localhost:8000.`);
  return url.origin;
}
