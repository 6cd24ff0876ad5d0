/** Makes `.env.example` and docs/settings.md from the table of settings. Pure. */
import { wrapped } from './command.ts';
import { READERS, SETTING_NAMES, SETTINGS, type Reader, type Setting } from './settings.ts';

const widthMax = 110;

/** Every setting as a comment line that can be uncommented. */
export function envExample(): string {
  const head = `Every setting there is; \`npm start\` needs none of them. Copied to \`.env\` this is read by every command and service; what stands in the environment already goes before it. An empty value counts as not given. Made from proto/src/settings/settings.ts. More: docs/settings.md`;
  const rows = SETTING_NAMES.map((name) => {
    const row: Setting = SETTINGS[name];
    return [
      ...commented(row.unset === undefined ? aboutOf(row) : `${aboutOf(row)} Unset: ${row.unset}.`),
      `#${name}=${row.example ?? row.default}`,
    ].join('\n');
  });
  return `${[commented(head).join('\n'), ...rows].join('\n\n')}\n`;
}

/** The page about settings. */
export function settingsPage(): string {
  const head = [
    '# Settings',
    'Made from [the table](../proto/src/settings/settings.ts) by `npx vitest run --project unit proto/src/settings -u`; a test holds the two together.',
    'Settings come from the environment and from the file `.env` of the project, which every command and every service reads; the environment goes before the file. Options of a command (`--port`) go before both: `npm start -- --help`, and `--help` of each command, lists them. An empty or blank value counts as not given.',
    'All of them are checked before the first process is started. What is wrong is reported in one sentence that states what to write instead: `npm start` and the other commands then end with 1, a service that is started alone ends with 78 (`EX_CONFIG`), by which a supervisor knows that starting it again cannot help. What may hold a password or a token is never printed, and may be given by a file instead (`NATS_URL_FILE=/run/secrets/nats-url`), whose text without blanks around it is the value.',
  ];
  const rows = SETTING_NAMES.flatMap((name) => {
    const row: Setting = SETTINGS[name];
    return [
      `## \`${name}\``,
      aboutOf(row),
      [
        `- must be ${row.must}`,
        `- without it: ${row.unset ?? (row.default ? `\`${row.default}\`` : 'none')}`,
        ...(row.secret === undefined ? [] : [`- may stand in a file of its own: \`${name}_FILE=/path\``]),
        ...(row.example === undefined ? [] : [`- for example \`${name}=${row.example}\``]),
        `- read by ${row.readers.map(shown).join(', ')}`,
      ].join('\n'),
    ];
  });
  const others = [
    '## Read, but not ours',
    [
      '- `HTTPS_PROXY`, `NO_PROXY` (and in lower case): the download of nats-server goes through that proxy',
      '- `NO_COLOR`, `FORCE_COLOR`: whether the names before log lines are coloured',
    ].join('\n'),
  ];
  return `${[...head, ...rows, ...others].join('\n\n')}\n`;
}

function aboutOf({ about, shared }: Setting): string {
  return shared ? `${about} Must be the same for all services of one system.` : about;
}

function shown(reader: Reader): string {
  const name = READERS[reader];
  return name.startsWith('npm')
    ? `\`${name}\``
    : name.replace(/^The /, 'the ').replace(/^[CM]/, (letter) => letter.toLowerCase());
}

function commented(text: string): string[] {
  return wrapped(text, widthMax).map((line) => `# ${line}`);
}
