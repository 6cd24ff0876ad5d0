/** Compute as a process. */
import 'reflect-metadata';
import { NestLog } from '@manyhands/nats-nest';
import { createLogger } from '@manyhands/observe';
import { runService } from '@manyhands/observe/run-service';
import { isManyhandsError } from '@manyhands/proto';
import { WrongSettings } from '@manyhands/proto/settings';
import { NestFactory } from '@nestjs/core';
import { ComputeModule } from './compute.module.ts';
import { command, readConfig } from './config.ts';

await runService({
  command,
  async start(environment, _failed, spelled) {
    const config = readConfig(environment, spelled);
    const log = createLogger('compute', { level: config.logLevel });
    return NestFactory.createApplicationContext(ComputeModule.with(config, log), {
      logger: new NestLog(log),
      abortOnError: false,
    }).catch((error: unknown) => {
      throw isManyhandsError(error) && config.kinds !== undefined && error.message.startsWith('no task is named')
        ? new WrongSettings(`Compute cannot start: MANYHANDS_KINDS is "${config.kinds.join(',')}", but ${error.message}.`, {
            cause: error,
          })
        : error;
    });
  },
});
