/** Reads secrets that are given by file: `NATS_URL_FILE=/run/secrets/nats-url` stands for `NATS_URL` with the text of that file. */
import { readFileSync } from 'node:fs';
import { SETTING_NAMES, SETTINGS, WrongSettings, type Setting } from '@manyhands/proto/settings';

const secretSettings = SETTING_NAMES.filter((name) => (SETTINGS[name] as Setting).secret === true);

/** Fills them into `environment`, those that jobs may name, too. Throws `WrongSettings` when a file cannot be read or is empty, or when a secret is given both ways. */
export function readSecretFiles(environment: NodeJS.ProcessEnv): void {
  for (const name of [...secretSettings, ...namedByJobs(environment)]) {
    const file = environment[`${name}_FILE`]?.trim();
    if (!file) continue;
    if (environment[name]?.trim()) throw new WrongSettings(`${name} and ${name}_FILE are both set. Unset one of them.`);
    environment[name] = secretIn(name, file);
    // A process that is started by this one is given the secret itself.
    delete environment[`${name}_FILE`];
  }
}

/** What is wrong with the setting, who reads it states. */
function namedByJobs({ MANYHANDS_HTTP_SECRETS: list = '' }: NodeJS.ProcessEnv): string[] {
  const uses = SETTINGS.MANYHANDS_HTTP_SECRETS.read.safeParse(list).data ?? [];
  return [...new Set(uses.map(({ name }) => name))];
}

function secretIn(name: string, file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new WrongSettings(
      `${name}_FILE names ${file}, which cannot be read (${code ?? String(error)}). Correct it, or unset it.`,
      {
        cause: error,
      },
    );
  }
  if (text === '') throw new WrongSettings(`${name}_FILE names ${file}, which is empty. Write the secret into it, or unset it.`);
  return text;
}
