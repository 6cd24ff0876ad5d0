/** Metrics as a process. */
import { runService } from '@manyhands/observe/run-service';
import { startMetrics } from './application.ts';
import { readConfig } from './config.ts';

await runService({ start: (environment) => startMetrics(readConfig(environment)) });
