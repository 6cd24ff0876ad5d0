/**
 * `npm run setup`: makes sure this machine has a nats-server that is new enough, on PATH or in the cache. With `--print` standard
 * output is its path alone, for scripts; the explanation goes to standard error.
 */
import { readEnvFile } from '../env-file.ts';
import { homeOf } from '../home.ts';
import { openHome } from '../home-folder.ts';
import { findNatsServer } from '../nats-server/find.ts';
import { runEntry } from '../refusal.ts';

process.umask(0o077);

await runEntry(async () => {
  readEnvFile();
  const print = process.argv.includes('--print');
  const explain = print ? process.stderr : process.stdout;
  const program = await findNatsServer({
    cacheFolder: openHome(homeOf(process.env)).bin,
    env: process.env,
    say: (line) => void explain.write(`${line}\n`),
  });
  if (print) process.stdout.write(`${program}\n`);
  return 0;
});
