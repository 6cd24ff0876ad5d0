/**
 * Every setting that a process reads from its environment: its name, what it must be, and its value when it is not given.
 *
 * Invariant: a setting that is empty or blank counts as not given; what is wrong is named in one sentence together with what would be right, and secrets in
 * an address are not part of that sentence. Pure.
 */
import { z } from 'zod';
import { StorageGb } from '../capacity.ts';
import { KindName, Lane, LANES } from '../ids.ts';
import { limits } from '../limits.ts';
import { RETENTION_HOURS } from '../retention.ts';
import { isNatsUrl, withoutSecrets } from './nats-url.ts';
import { readOrigins, type Origin } from './origin.ts';

/** `silent` is for tests. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Slots of one compute process: each is a thread, which takes some 40 MB. */
export const SLOTS_MAX = 256;

/** Seconds that what a worker computes has to end, once it is told to. */
const DRAIN_WITHIN = { default: 8, max: 86_400 } as const;

/** Exit code of a process whose settings are wrong (`EX_CONFIG`): starting it again cannot help. */
export const EXIT_WRONG_SETTINGS = 78;

/** Settings that are wrong; the message says which, and what they must be. */
export class WrongSettings extends Error {
  override readonly name = 'WrongSettings';
}

function wholeNumber(min: number, max: number, what: string) {
  const sentence = `must be a whole number${what} from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, sentence)
    .transform(Number)
    .pipe(z.number().min(min, sentence).max(max, sentence));
}

function number(min: number, max: number, what: string) {
  const sentence = `must be ${what} from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}(\.\d{1,9})?$/, sentence)
    .transform(Number)
    .pipe(z.number().min(min, sentence).max(max, sentence));
}

const oneOf = <const T extends readonly string[]>(words: T) => z.enum(words, { error: `must be one of ${words.join(', ')}` });
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== ''),
);
const listOf = <T>(word: z.ZodType<T>, sentence: string) =>
  list.transform((words, context) => {
    if (words.length > 0 && words.every((each) => word.safeParse(each).success)) return [...new Set(words)] as T[];
    context.addIssue({ code: 'custom', message: sentence });
    return z.NEVER;
  });
const origins = z.string().transform((text, context): Origin[] => {
  try {
    return readOrigins(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
});
const port = wholeNumber(0, 65_535, '');
const replicas = z
  .enum(['1', '3'], { error: 'must be 1 (single server) or 3 (cluster)' })
  .transform((text): 1 | 3 => (text === '3' ? 3 : 1));

/** As a process takes them. Their meaning for users stands in `.env.example`. */
export const SETTINGS = {
  NATS_URL: z
    .string()
    .refine(isNatsUrl, 'must be an address like nats://127.0.0.1:4222, or several separated by commas')
    .default('nats://127.0.0.1:4222'),
  HOST: z.string().default('127.0.0.1'),
  PORT: port.default(8000),
  METRICS_PORT: port.optional(),
  MANYHANDS_HOME: z.string().default('.manyhands'),
  MANYHANDS_WEB: z.string().optional(),
  MANYHANDS_ORIGINS: origins.default([]),
  MANYHANDS_SLOTS: wholeNumber(1, SLOTS_MAX, '').optional(),
  MANYHANDS_KINDS: listOf(KindName, 'must be kinds separated by commas, like primes,sum').optional(),
  MANYHANDS_LANES: listOf(Lane, `must be lanes separated by commas, out of ${LANES.join(', ')}`).optional(),
  MANYHANDS_REPLICAS: replicas.default(1),
  MANYHANDS_LOG_LEVEL: oneOf(LOG_LEVELS).default('info'),
  MANYHANDS_RETENTION_HOURS: wholeNumber(RETENTION_HOURS.min, RETENTION_HOURS.max, ' of hours').default(RETENTION_HOURS.default),
  MANYHANDS_STORAGE_GB: StorageGb,
  MANYHANDS_LEASE_CHUNKS_MAX: wholeNumber(1, limits.chunkCountMax, ' of chunks').default(limits.chunkCountMax),
  MANYHANDS_HISTORY_DAYS: wholeNumber(1, 9_999, ' of days').default(90),
  MANYHANDS_DRAIN_WITHIN: number(0, DRAIN_WITHIN.max, 'a number of seconds').default(DRAIN_WITHIN.default),
} as const;

export type SettingName = keyof typeof SETTINGS;
export type Settings<Name extends SettingName = SettingName> = { [N in Name]: z.output<(typeof SETTINGS)[N]> };
/** What a process is given, as `process.env` is. */
export type Environment = Readonly<Record<string, string | undefined>>;

export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** Throws `WrongSettings` with one sentence about all that are wrong; `who` begins it, as in "The gateway". */
export function readSettings<Name extends SettingName>(
  who: string,
  names: readonly Name[],
  environment: Environment,
): Settings<Name> {
  const read = names
    .map((name) => ({ name, given: environment[name]?.trim() || undefined }))
    .map(({ name, given }) => ({ name, given, parsed: SETTINGS[name].safeParse(given) }));
  const wrong = read.flatMap(({ name, given, parsed }) =>
    parsed.success ? [] : [`${name} ${sentenceOf(parsed.error)} (it is "${withoutSecrets(given ?? '')}")`],
  );
  if (wrong.length > 0) throw new WrongSettings(`${who} cannot start: ${wrong.join('; ')}.`);
  return Object.fromEntries(read.map(({ name, parsed }) => [name, parsed.data])) as Settings<Name>;
}

function sentenceOf(error: z.ZodError): string {
  return error.issues[0]?.message ?? 'is wrong';
}
