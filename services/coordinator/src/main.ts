/** Starts the coordinator. SIGTERM and SIGINT drain it: the batches in hand are finished, then its partitions pass to the others. */
import { createCoordinator } from './application.ts';
import { readConfig } from './config.ts';

try {
  const app = await createCoordinator(readConfig(process.env));
  app.enableShutdownHooks(['SIGTERM', 'SIGINT']);
  await app.listen();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
