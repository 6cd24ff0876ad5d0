/** Starts metrics. SIGTERM and SIGINT drain it: the event in hand is written and acknowledged, then file and connection are closed. */
import { startMetrics } from './application.ts';
import { readConfig } from './config.ts';

try {
  const app = await startMetrics(readConfig(process.env));
  app.enableShutdownHooks(['SIGTERM', 'SIGINT']);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
