/** What the value of a setting may be: how its text is read, and the end of the sentence "It must be …" for a text that cannot be. Pure. */
import { z } from 'zod';
import { isNatsUrl } from './nats-url.ts';
import { readOrigins, type Origin } from './origin.ts';
import { readPlace, readSecretUse, type OutsidePlace, type SecretUse } from './outside-place.ts';
import { readProviders, type Provider } from './provider.ts';
import { readClientSecrets, readSignInProviders, type NamedProvider } from './sign-in-provider.ts';

export interface SettingValue<Value> {
  /** Completes "must be". */
  readonly must: string;
  readonly read: z.ZodType<Value, string>;
}

export function wholeNumber(min: number, max: number, what = ''): SettingValue<number> {
  const must = `a whole number${what} from ${min} to ${max}`;
  return { must, read: numeric(/^\d{1,15}$/, min, max, must) };
}

export function number(min: number, max: number, what: string): SettingValue<number> {
  const must = `${what} from ${min} to ${max}`;
  return { must, read: numeric(/^\d{1,15}(\.\d{1,20})?$/, min, max, must) };
}

export function oneOf<const Word extends string>(...words: readonly Word[]): SettingValue<Word> {
  const must = `one of ${words.join(', ')}`;
  return { must, read: z.enum(words, { error: must }) };
}

/** Words separated by commas, each once. */
export function listOf<Word extends string>(word: z.ZodType<Word>, must: string): SettingValue<Word[]> {
  const read = z.string().transform((text, context) => {
    const words = partsOf(text);
    if (words.length > 0 && words.every((each) => word.safeParse(each).success)) return [...new Set(words)] as Word[];
    context.addIssue({ code: 'custom', message: must });
    return z.NEVER;
  });
  return { must, read };
}

export const replicas: SettingValue<1 | 3> = {
  must: '1 (single server) or 3 (cluster)',
  read: z.enum(['1', '3'], { error: '1 (single server) or 3 (cluster)' }).transform((text): 1 | 3 => (text === '3' ? 3 : 1)),
};

export const natsUrl = textLike('an address like nats://127.0.0.1:4222, or several separated by commas', isNatsUrl);

/** Whether it is one of this machine is known when it is listened on. */
export const host = textLike(
  'an address or name of this machine alone, like 127.0.0.1 or 0.0.0.0, without scheme and port',
  (text) => /^[\w.-]+$/.test(text) || (/^[0-9a-f:.%\w]+$/i.test(text) && URL.canParse(`http://[${text.replace(/%.*/s, '')}]/`)),
);

/**
 * A path of a file or folder; whether it is there is seen when it is used. A shell alone knows what `~` and `$HOME` stand for: from a file they would come as the
 * name of a folder, which would be made.
 */
export function path(must: string): SettingValue<string> {
  const { read } = textLike(must, (text) => !text.includes('\0') && text.length <= 4_096);
  return { must, read: read.refine(isWrittenOut, whole(must)) };
}

/** Paths and patterns separated by commas, each once. */
export function paths(must: string): SettingValue<string[]> {
  const read = path(must)
    .read.transform(partsOf)
    .refine((parts) => parts.length > 0, must)
    .refine((parts) => parts.every(isWrittenOut), whole(must));
  return { must, read: read.transform((parts) => [...new Set(parts)]) };
}

/** Addresses of the web, separated by commas where `many`. */
export function addresses(must: string, scheme: RegExp, many = false): SettingValue<string> {
  return textLike(must, (text) => {
    const parts = many ? partsOf(text) : [text];
    return parts.length > 0 && parts.every((part) => scheme.test(part) && URL.canParse(part));
  });
}

/** Which database, and who one is to it. */
export const postgresUrl = textLike('an address like postgres://user:password@host:5432/database', (text) => {
  if (!/^postgres(ql)?:\/\//i.test(text) || !URL.canParse(text)) return false;
  const { hostname, pathname } = new URL(text);
  return hostname !== '' && /^\/[^/]+$/.test(pathname);
});

/** What may stand in a header. */
export const token = textLike('a token of printable characters without spaces', (text) => /^[\x21-\x7e]{1,4096}$/.test(text));

/** As OpenTelemetry writes headers: `name=value` in percent encoding, separated by commas. */
export const headers: SettingValue<Record<string, string>> = {
  must: 'headers like authorization=Bearer%20token, separated by commas',
  read: z.string().transform((text, context) => {
    const pairs = partsOf(text).map((part) => /^([\w!#$&'*+.^`|~-]+)\s*=\s*([\x21-\x7e]*)$/.exec(part));
    try {
      const read = pairs.map((pair) => [pair![1]!.toLowerCase(), decodeURIComponent(pair![2]!)] as const);
      if (read.length > 0 && read.every(([, value]) => /^[\x20-\x7e]*$/.test(value))) return Object.fromEntries(read);
    } catch {
      // Refused below.
    }
    context.addIssue({ code: 'custom', message: headers.must });
    return z.NEVER;
  }),
};

/** Of a user's nkey. */
export const seed = textLike('the seed of a user nkey, which begins with SU and has 58 letters and digits', (text) =>
  /^SU[A-Z2-7]{56}$/.test(text),
);

/** A word of a subject. */
export const domain = textLike('one word of letters, digits, - and _', (text) => /^[\w-]{1,64}$/.test(text));

export const origins = thrownAs<Origin>('origins separated by commas, like https://dashboard.example', readOrigins);

/** How often something may be done within a time; undefined: as often as wished. */
export interface Rate {
  readonly count: number;
  readonly windowMs: number;
}

/** The longest window of a rate. What is counted is kept as long (bucket `limits`). */
export const RATE_WINDOW_MS_MAX = 3_600_000;
const rateCountMax = 1_000_000;
const rateMust = `a number and a time like 10/1m, 5/30s or 20/1h, of at most ${rateCountMax} in at most an hour; or off`;
const unitsMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

export const rate: SettingValue<Rate | undefined> = {
  must: rateMust,
  read: z.string().transform((text, context) => {
    if (text === 'off') return undefined;
    const [, count, size, unit = ''] = /^(\d{1,7})\/(\d{1,4})([smh])$/.exec(text) ?? [];
    const read = { count: Number(count), windowMs: Number(size) * (unitsMs[unit] ?? NaN) };
    if (read.count >= 1 && read.count <= rateCountMax && read.windowMs >= 1_000 && read.windowMs <= RATE_WINDOW_MS_MAX)
      return read;
    context.addIssue({ code: 'custom', message: rateMust });
    return z.NEVER;
  }),
};

/** How many there may be; undefined: as many as there is room for. */
export function quota(min: number, max: number, what: string): SettingValue<number | undefined> {
  const must = `a whole number of ${what} from ${min} to ${max}; or off`;
  const read = z.string().transform((text, context) => {
    if (text === 'off') return undefined;
    const count = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (count >= min && count <= max) return count;
    context.addIssue({ code: 'custom', message: must });
    return z.NEVER;
  });
  return { must, read };
}

/** Where jobs may go beyond public hosts at their usual ports. */
export const outsidePlaces = readAll<OutsidePlace>(
  'hosts, hosts with a port, and networks separated by commas, like api.example:8443, *.corp.example, 10.0.0.0/8; *:8443 stands for each public host at that port',
  readPlace,
);

export const secretUses = readAll<SecretUse>(
  'names of variables, each with the host that it may be sent to, separated by commas, like API_KEY@api.example',
  readSecretUse,
);

function readAll<Part>(must: string, readOne: (text: string) => Part | undefined): SettingValue<Part[]> {
  const read = z.string().transform((text, context) => {
    const parts = partsOf(text).map(readOne);
    if (parts.every((part) => part !== undefined)) return parts;
    context.addIssue({ code: 'custom', message: must });
    return z.NEVER;
  });
  return { must, read };
}

/** Addresses and networks (CIDR), as `net.BlockList` takes them. */
export const networks: SettingValue<string[]> = {
  must: 'addresses or networks separated by commas, like 127.0.0.1, 10.0.0.0/8 or fd00::/8',
  read: z.string().transform((text, context) => {
    const parts = partsOf(text);
    if (parts.every(isNetwork)) return parts;
    context.addIssue({ code: 'custom', message: networks.must });
    return z.NEVER;
  }),
};

/** As `net.BlockList` takes them: with a leading zero a number might be octal, so it is refused there. */
const IP_V4 = /^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/;

/** An address has one spelling or many; what counts here is that `URL` takes it for one. */
function isNetwork(text: string): boolean {
  const [, address = '', , prefix] = /^([\d.]+|[\da-f.]*:[\da-f:.]*)(\/(\d{1,3}))?$/i.exec(text) ?? [];
  const isSix = address.includes(':');
  const isAddress = isSix ? URL.canParse(`http://[${address}]/`) : IP_V4.test(address) && URL.canParse(`http://${address}/`);
  return isAddress && Number(prefix ?? 0) <= (isSix ? 128 : 32);
}

export const providers = thrownAs<Provider>(
  'providers separated by commas, like "corp https://id.example https://id.example/jwks manyhands"',
  readProviders,
);

export const signInProviders = thrownAs<NamedProvider>(
  'providers separated by commas, like "corp https://id.example manyhands"',
  readSignInProviders,
);

export const clientSecrets: SettingValue<ReadonlyMap<string, string>> = {
  must: 'names of providers with their secrets, like corp:secret, separated by spaces or lines',
  read: z.string().transform((text, context) => {
    const secrets = readClientSecrets(text);
    if (secrets !== undefined) return secrets;
    context.addIssue({ code: 'custom', message: clientSecrets.must });
    return z.NEVER;
  }),
};

/** A list that a function reads, which throws the end of the sentence "It must be …". */
function thrownAs<Part>(must: string, readList: (text: string) => Part[]): SettingValue<Part[]> {
  const read = z.string().transform((text, context) => {
    try {
      return readList(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  });
  return { must, read };
}

function whole(must: string): string {
  return `${must}, written out: nothing but a shell knows what ~ and $HOME are`;
}

function isWrittenOut(path: string): boolean {
  return !/^(~|\$\{?HOME\b\}?)([/\\]|$)/.test(path);
}

function textLike(must: string, isRight: (text: string) => boolean): SettingValue<string> {
  return { must, read: z.string().refine(isRight, must) };
}

function numeric(shape: RegExp, min: number, max: number, must: string): z.ZodType<number, string> {
  return z.string().regex(shape, must).transform(Number).pipe(z.number().min(min, must).max(max, must));
}

function partsOf(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}
