/** The coordinator as a process. */
import { setFlagsFromString } from 'node:v8';
import { runService } from '@manyhands/observe/run-service';
import { createCoordinator } from './application.ts';
import { command, readConfig } from './config.ts';

// What is alive is small (31 MB beside a job of a million chunks of which a tenth fail) and most of what is made dies at once, so the heap need not grow to
// several times that between two collections.
setFlagsFromString('--heap-growing-percent=20');

await runService({
  command,
  async start(environment) {
    const app = await createCoordinator(readConfig(environment));
    await app.listen();
    return app;
  },
});
