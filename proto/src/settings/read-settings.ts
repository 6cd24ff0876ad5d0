/**
 * Reads settings out of an environment, and states in one sentence what is wrong with them.
 *
 * Invariant: a setting that is empty or blank counts as not given. No value of a setting that may hold a secret is part of a sentence, and of no other value
 * what stands before an `@`. Pure.
 */
import { withoutSecrets } from './nats-url.ts';
import {
  namesReadBy,
  READERS,
  SETTING_NAMES,
  SETTINGS,
  type NamesReadBy,
  type Reader,
  type Setting,
  type SettingName,
  type Settings,
} from './settings.ts';

/** Exit code of a service whose settings are wrong (`EX_CONFIG`): starting it again cannot help. */
export const EXIT_WRONG_SETTINGS = 78;

/** Settings that are wrong; the message states which, and what they must be. */
export class WrongSettings extends Error {
  override readonly name = 'WrongSettings';
}

/** What a process is given, as `process.env` is. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** How a setting was written, where that is not its name: `--slots`. */
export type Spellings = Partial<Record<SettingName, string>>;

const services: readonly Reader[] = ['gateway', 'coordinator', 'compute', 'metrics'];

/** Every setting that `npm start` reads itself or hands to a service. */
export const NAMES_OF_SYSTEM: readonly SettingName[] = SETTING_NAMES.filter((name) =>
  (SETTINGS[name].readers as readonly Reader[]).some((reader) => reader === 'start' || services.includes(reader)),
);

/** Of one reader, typed. Throws `WrongSettings`. */
export function settingsOf<R extends Reader>(reader: R, environment: Environment, spelled?: Spellings): Settings<NamesReadBy<R>> {
  return readSettings(nameOf(reader), namesReadBy(reader), environment, spelled);
}

/** As sentences begin with it. */
export function nameOf(reader: Reader): string {
  return reader === 'start' ? 'Manyhands' : READERS[reader];
}

/** Throws `WrongSettings` with one sentence about all that are wrong; `who` begins it, as in "The gateway". */
export function readSettings<Name extends SettingName>(
  who: string,
  names: readonly Name[],
  environment: Environment,
  spelled: Spellings = {},
): Settings<Name> {
  const wrong: string[] = [];
  const read = names.map((name) => {
    const row: Setting = SETTINGS[name];
    const given = environment[name]?.trim() || undefined;
    if (given === undefined && row.default === undefined) return [name, undefined];
    const parsed = row.read.safeParse(given ?? row.default!);
    if (!parsed.success)
      wrong.push(`${spelled[name] ?? name} must be ${parsed.error.issues[0]?.message ?? row.must} (${shown(row, given)})`);
    return [name, parsed.data];
  });
  if (wrong.length > 0) throw new WrongSettings(`${who} cannot start: ${wrong.join('; ')}.`);
  return Object.fromEntries(read) as Settings<Name>;
}

const lengthShownMax = 80;

function shown({ secret }: Setting, given = ''): string {
  if (secret) return 'its value is not shown, for it may hold a secret';
  const text = withoutSecrets(given);
  const short = text.length > lengthShownMax ? `${text.slice(0, lengthShownMax)}…` : text;
  // What a terminal would take for a command is no part of a sentence.
  return `it is ${JSON.stringify(short).replace(/[\u007f-\u009f]/g, '?')}`;
}
