/** `npm run setup`: makes sure this machine has a nats-server that is new enough, on PATH or in the cache. */
import { homeOf } from './home.ts';
import { findNatsServer } from './nats-server/find.ts';
import { runEntry } from './refusal.ts';

await runEntry(async () => {
  await findNatsServer({ cacheFolder: homeOf(process.env).bin, env: process.env, say: (line) => void process.stdout.write(`${line}\n`) });
  return 0;
});
