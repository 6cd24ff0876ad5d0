/** Metrics as a process. */
import { startObserved } from '@manyhands/observe';
import { runService } from '@manyhands/observe/run-service';
import { startMetrics } from './application.ts';
import { command, readConfig } from './config.ts';
import { Drain } from './drain.ts';
import { SystemMetrics } from './expose/system-metrics.ts';

await runService({
  command,
  start(environment) {
    const config = readConfig(environment);
    return startObserved('metrics', config.health, async () => {
      const app = await startMetrics(config);
      return { close: () => app.close(), problem: () => app.get(Drain).problem, metrics: app.get(SystemMetrics) };
    });
  },
});
