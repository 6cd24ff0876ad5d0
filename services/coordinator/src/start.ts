/** Starts the coordinator with settings that are right. */
import { startObserved } from '@manyhands/observe';
import type { RunningService } from '@manyhands/observe/run-service';
import { coordinatorOn } from './application.ts';
import { openBus, type Bus } from './bus.ts';
import type { CoordinatorConfig } from './config.ts';

export function start(config: CoordinatorConfig): Promise<RunningService> {
  return startObserved('coordinator', config.health, async () => {
    const bus = await openBus(config);
    const app = await coordinatorOn(bus, config);
    await app.listen();
    return {
      close() {
        bus.broker.hurry();
        return app.close();
      },
      problem: () => bus.broker.problem ?? standstillOf(bus.said),
    };
  });
}

function standstillOf({ stuck = [] }: Bus['said']): string | undefined {
  const [first] = stuck;
  return first && `Partition ${first.partition} does not move for ${Math.round(first.for_sec)} s: ${first.why}`;
}
