/** Starts metrics with settings that are right. */
import { startObserved } from '@manyhands/observe';
import type { RunningService } from '@manyhands/observe/run-service';
import { startMetrics } from './application.ts';
import type { MetricsConfig } from './config.ts';
import { Drain } from './drain.ts';
import { SystemMetrics } from './expose/system-metrics.ts';

/** `failed` is called with an error that ends the process. */
export function start(config: MetricsConfig, failed: (error: unknown) => void): Promise<RunningService> {
  return startObserved('metrics', config.health, async () => {
    const app = await startMetrics(config, failed);
    return { close: () => app.close(), problem: () => app.get(Drain).problem, metrics: app.get(SystemMetrics) };
  });
}
