/** What the value of a setting may be: how its text is read, and the end of the sentence "It must be …" for a text that cannot be. Pure. */
import { z } from 'zod';
import { isNatsUrl } from './nats-url.ts';
import { readOrigins, type Origin } from './origin.ts';

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
  return { must, read: numeric(/^\d{1,15}(\.\d{1,9})?$/, min, max, must) };
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
  (text) => /^[\w.-]+$/.test(text) || (/^[0-9a-f:.%\w]+$/i.test(text) && URL.canParse(`http://[${text.replace(/%.*$/, '')}]/`)),
);

/** A path of a file or folder; whether it is there is seen when it is used. */
export function path(must: string): SettingValue<string> {
  return textLike(must, (text) => !text.includes('\0') && text.length <= 4_096);
}

/** Paths and patterns separated by commas, each once. */
export function paths(must: string): SettingValue<string[]> {
  const read = path(must)
    .read.transform(partsOf)
    .refine((parts) => parts.length > 0, must);
  return { must, read: read.transform((parts) => [...new Set(parts)]) };
}

/** Addresses of the web, separated by commas where `many`. */
export function addresses(must: string, scheme: RegExp, many = false): SettingValue<string> {
  return textLike(must, (text) => {
    const parts = many ? partsOf(text) : [text];
    return parts.length > 0 && parts.every((part) => scheme.test(part) && URL.canParse(part));
  });
}

/** What may stand in a header. */
export const token = textLike('a token of printable characters without spaces', (text) => /^[\x21-\x7e]{1,4096}$/.test(text));

export const origins: SettingValue<Origin[]> = {
  must: 'origins separated by commas, like https://dashboard.example',
  read: z.string().transform((text, context) => {
    try {
      return readOrigins(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  }),
};

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
