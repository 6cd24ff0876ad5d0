/**
 * The command lines of ours: their options as data, from which they are read, refused and explained.
 *
 * Invariant: an option that stands for a setting goes before the environment, and is checked by the same row of the table. Pure but for `parseArgs`.
 */
import { parseArgs } from 'node:util';
import { nameOf, WrongSettings, type Environment, type Spellings } from './read-settings.ts';
import { namesReadBy, SETTINGS, type Reader, type Setting, type SettingName } from './settings.ts';

interface CommandOption {
  /** Placeholder of its value; unset: it has none. */
  readonly value?: string;
  readonly about: string;
  /** The setting it stands for. */
  readonly setting?: SettingName;
}

export interface Command {
  /** As it is typed. */
  readonly typed: string;
  readonly about: string;
  readonly reader: Reader;
  readonly options: Readonly<Record<string, CommandOption>>;
  /** Settings its `--help` lists; unset: those of its reader. */
  readonly settings?: readonly SettingName[];
}

export interface CommandLine {
  /** Without the options that stand for settings. */
  readonly values: Readonly<Record<string, string | true | undefined>>;
  /** With what the command line states of settings. */
  readonly environment: Environment;
  readonly spelled: Spellings;
}

/** Throws `WrongSettings` with one sentence that names the options there are. */
export function readCommandLine(command: Command, args: readonly string[], environment: Environment): CommandLine | 'help' {
  const given = parsed(command, args);
  if (given['help']) return 'help';
  const values: Record<string, string | true> = {};
  const set: Record<string, string> = {};
  const spelled: Spellings = {};
  for (const [option, text] of Object.entries(given)) {
    const setting = command.options[option]?.setting;
    if (setting === undefined) values[option] = text;
    else {
      if (text === true || text.trim() === '')
        throw new WrongSettings(
          `${nameOf(command.reader)} cannot start: --${option} must be ${SETTINGS[setting].must} (it is empty).`,
        );
      set[setting] = text;
      spelled[setting] = `--${option}`;
    }
  }
  return { values, environment: { ...environment, ...set }, spelled };
}

function parsed({ reader, options }: Command, args: readonly string[]): Record<string, string | true> {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: Object.fromEntries(
        Object.entries({ ...options, help: {} as CommandOption }).map(([name, { value }]) => [
          name,
          { type: value === undefined ? 'boolean' : 'string' } as const,
        ]),
      ),
    });
    return values as Record<string, string | true>;
  } catch (error) {
    const takes = [...Object.keys(options), 'help'].map((name) => `--${name}`).join(', ');
    const [what] = (error as Error).message.split(/[.\n]/);
    throw new WrongSettings(`${nameOf(reader)} cannot start: ${what}; it takes ${takes}.`, { cause: error });
  }
}

const indent = ' '.repeat(2);
const widthMax = 100;

/** What `--help` prints. */
export function helpOf(command: Command): string {
  const options = Object.entries(command.options).map(([name, { value, about, setting }]): [string, string] => [
    `--${name}${value === undefined ? '' : ` ${value}`}`,
    setting === undefined ? about : `${about} (${setting}, ${withoutIt(SETTINGS[setting])})`,
  ]);
  const settings = (command.settings ?? namesReadBy(command.reader)).map((name): [string, string] => [
    name,
    `${SETTINGS[name].about} (${withoutIt(SETTINGS[name])})`,
  ]);
  const lines = [
    ...wrapped(`${command.typed}: ${command.about}`, widthMax),
    '',
    ...columns([...options, ['--help', 'prints this text']]),
    ...(settings.length > 0 ? ['', 'Settings, from the environment or from .env:', '', ...columns(settings)] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function withoutIt({ default: usual, unset }: Setting): string {
  return unset === undefined ? `default ${usual || 'none'}` : `unset: ${unset}`;
}

function columns(rows: readonly [string, string][]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.flatMap(([name, text]) =>
    wrapped(text, widthMax - width).map((line, index) => `${indent}${(index === 0 ? name : '').padEnd(width)}${line}`),
  );
}

/** Lines of at most `width` letters, where the words allow it. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
