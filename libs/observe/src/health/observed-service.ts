/**
 * A service that states on HEALTH_PORT whether it does its work.
 *
 *   starting ──started──▶ working, or what keeps it from that ──close──▶ draining      only working is ready
 */
import { createRegistry } from '../registry.ts';
import type { RunningService } from '../service/run-service.ts';
import { serveHealth, type HealthOptions } from './health-server.ts';

export interface ObservedService extends RunningService {
  /** Why it does not do its work now, as a sentence; undefined: it does. */
  problem(): string | undefined;
  /** Beside what Node measures of the process. */
  metrics?: HealthOptions['metrics'];
}

/** Starts it, and answers at `at` from before its start to after its end. Throws what the start throws, and `WrongSettings` for an address that cannot be used. */
export async function startObserved(
  name: string,
  at: Pick<HealthOptions, 'host' | 'port'> | undefined,
  start: () => Promise<ObservedService>,
): Promise<RunningService> {
  if (at === undefined) return start();
  let problem: ObservedService['problem'] = () => 'It is starting.';
  let metrics: HealthOptions['metrics'] = createRegistry(name, { processMetrics: true });
  const server = await serveHealth({
    ...at,
    problem: () => problem(),
    metrics: {
      render: () => metrics.render(),
      renderOpen: () => metrics.renderOpen(),
    },
  });
  try {
    const service = await start();
    problem = () => service.problem();
    metrics = service.metrics ?? metrics;
    return {
      ...(service.endsWithinMs !== undefined && { endsWithinMs: service.endsWithinMs }),
      async close() {
        problem = () => 'It is draining.';
        await service.close();
        await server.close();
      },
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}
