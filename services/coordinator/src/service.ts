/** The coordinator as a process. What it runs is loaded only once its settings are right: a wrong one is reported at once. */
import { setFlagsFromString } from 'node:v8';
import { runService } from '@manyhands/observe/run-service';
import { command, readConfig } from './config.ts';

// What is alive is small (31 MB beside a job of a million chunks of which a tenth fail) and most of what is made dies at once, so the heap need not grow to
// several times that between two collections.
setFlagsFromString('--heap-growing-percent=20');

await runService({
  command,
  async start(environment) {
    const config = readConfig(environment);
    const { start } = await import('./start.ts');
    return start(config);
  },
});
