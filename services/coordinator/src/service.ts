/** The coordinator as a process. */
import { setFlagsFromString } from 'node:v8';
import { runService } from '@manyhands/observe/run-service';
import { startObserved } from '@manyhands/observe';
import { coordinatorOn } from './application.ts';
import { openBus, type Bus } from './bus.ts';
import { command, readConfig } from './config.ts';

// What is alive is small (31 MB beside a job of a million chunks of which a tenth fail) and most of what is made dies at once, so the heap need not grow to
// several times that between two collections.
setFlagsFromString('--heap-growing-percent=20');

await runService({
  command,
  start(environment) {
    const config = readConfig(environment);
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
  },
});

function standstillOf({ stuck = [] }: Bus['said']): string | undefined {
  const [first] = stuck;
  return first && `Partition ${first.partition} does not move for ${Math.round(first.for_sec)} s: ${first.why}`;
}
