/** Compute: runs leases of our kinds in one thread per slot. Drains on SIGTERM and SIGINT. */
import 'reflect-metadata';
import { NestLog } from '@manyhands/jetstream/nest';
import { createLogger } from '@manyhands/observe';
import { NestFactory } from '@nestjs/core';
import { ComputeModule } from './compute.module.ts';
import { readConfig, withArguments } from './config.ts';

try {
  const config = readConfig(withArguments(process.env, process.argv.slice(2)));
  const log = createLogger('compute', { level: config.logLevel });
  const app = await NestFactory.createApplicationContext(ComputeModule.with(config, log), { logger: new NestLog(log), abortOnError: false });
  app.enableShutdownHooks(['SIGTERM', 'SIGINT']);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
