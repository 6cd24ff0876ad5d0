/** Starts the coordinator. SIGTERM and SIGINT drain it: the batches in hand are finished, then its partitions pass to the others. */
import { setFlagsFromString } from 'node:v8';
import { createCoordinator } from './application.ts';
import { readConfig } from './config.ts';

// What is alive is small (31 MB beside a job of a million chunks of which a tenth fail) and most of what is made dies at once, so the heap need not grow to
// several times that between two collections.
setFlagsFromString('--heap-growing-percent=20');

try {
  const app = await createCoordinator(readConfig(process.env));
  app.enableShutdownHooks(['SIGTERM', 'SIGINT']);
  await app.listen();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
