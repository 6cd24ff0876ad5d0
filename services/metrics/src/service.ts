/** Metrics as a process. */
import { runService } from '@manyhands/observe/run-service';
import { startMetrics } from './application.ts';
import { command, readConfig } from './config.ts';

await runService({ command, start: (environment) => startMetrics(readConfig(environment)) });
