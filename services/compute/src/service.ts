/** Compute as a process. What it runs is loaded only once its settings are right: a wrong one is reported at once. */
import { runService } from '@manyhands/observe/run-service';
import { command, readConfig } from './config.ts';

await runService({
  command,
  async start(environment, _failed, spelled) {
    const config = readConfig(environment, spelled);
    const { start } = await import('./start.ts');
    return start(config);
  },
});
