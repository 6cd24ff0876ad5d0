/** A stand-in for a service. `MANNER` is how its start goes (`fails`, `misset`, `refused`, `slow`, `never`, `runs`, `stuck`), `ENV_FOLDER` the folder of its `.env`. */
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ManyhandsError } from '@manyhands/proto';
import { WrongSettings } from '@manyhands/proto/settings';
import { runService } from './run-service.ts';

const { MANNER: manner, ENV_FOLDER: folder = '/nowhere' } = process.env;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

await runService({
  command: { typed: 'stand-in', about: 'Stands in for a service.', reader: 'gateway', options: {} },
  envFolder: pathToFileURL(`${folder}/`),
  async start(environment) {
    say(`starting ${environment['FROM_FILE'] ?? ''} ${environment['FROM_BOTH'] ?? ''}`);
    if (manner === 'fails') throw new Error('a mistake');
    if (manner === 'misset') throw new WrongSettings('PORT must be a port.');
    if (manner === 'refused') throw new ManyhandsError('bad_request', 'the server is too old');
    if (manner === 'never') await new Promise(() => setInterval(() => undefined, 1_000));
    if (manner === 'slow') {
      setInterval(() => undefined, 1_000);
      await new Promise((heard) => process.once('SIGTERM', heard));
      await wait(20);
      throw new Error('listening failed: it was closed while it started');
    }
    const alive = setInterval(() => undefined, 1_000);
    say('running');
    return {
      endsWithinMs: 300,
      async close() {
        if (manner === 'stuck') await new Promise(() => undefined);
        clearInterval(alive);
        say('closed');
      },
    };
  },
});
