/** Compute: runs leases of our kinds in one thread per slot. Drains on SIGTERM and SIGINT. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ComputeModule } from './compute.module.ts';
import { readConfig } from './config.ts';

try {
  const app = await NestFactory.createApplicationContext(ComputeModule.with(readConfig(process.env)), { logger: ['error', 'warn'], abortOnError: false });
  app.enableShutdownHooks(['SIGTERM', 'SIGINT']);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
