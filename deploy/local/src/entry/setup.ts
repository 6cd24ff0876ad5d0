/**
 * `npm run setup`: makes sure this machine has a nats-server that is new enough, on PATH or in the cache. With `--print` standard
 * output is its path alone, for scripts; the explanation goes to standard error.
 */
import { helpOf, readCommandLine, settingsOf, type Command } from '@manyhands/proto/settings';
import { readEnvFile } from '../env-file.ts';
import { homeOf } from '../home.ts';
import { openHome } from '../home-folder.ts';
import { findNatsServer } from '../nats-server/find.ts';
import { runEntry } from '../refusal.ts';

const command: Command = {
  typed: 'npm run setup -- [options]',
  about: 'Finds a nats-server that is new enough, or downloads or builds one.',
  reader: 'setup',
  options: { print: { about: 'prints its path alone on standard output' } },
};

process.umask(0o077);

await runEntry(async () => {
  readEnvFile();
  const line = readCommandLine(command, process.argv.slice(2), process.env);
  if (line === 'help') {
    process.stdout.write(helpOf(command));
    return 0;
  }
  settingsOf('setup', line.environment);
  const { print } = line.values;
  const explain = print ? process.stderr : process.stdout;
  const program = await findNatsServer({
    cacheFolder: openHome(homeOf(process.env)).bin,
    env: process.env,
    say: (text) => void explain.write(`${text}\n`),
  });
  if (print) process.stdout.write(`${program}\n`);
  return 0;
});
