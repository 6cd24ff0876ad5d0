/** Starts compute with settings that are right. */
import 'reflect-metadata';
import { NestLog } from '@manyhands/nats-nest';
import type { Broker } from '@manyhands/nats';
import { createLogger, startObserved } from '@manyhands/observe';
import type { RunningService } from '@manyhands/observe/run-service';
import { isManyhandsError } from '@manyhands/proto';
import { WrongSettings } from '@manyhands/proto/settings';
import { NestFactory } from '@nestjs/core';
import { ComputeModule } from './compute.module.ts';
import type { ComputeConfig } from './config.ts';
import { outsideMetrics } from './outside/outside-metrics.ts';
import { BROKER } from './provided.ts';

/** Beyond the time that chunks have to finish: for handing over the rest, and for a thread that is ended. */
const handoverMsMax = 5_000;

export function start(config: ComputeConfig): Promise<RunningService> {
  const log = createLogger('compute', { level: config.logLevel });
  return startObserved('compute', config.health, async () => {
    const { metrics, close } = outsideMetrics();
    const app = await NestFactory.createApplicationContext(ComputeModule.with(config, log), {
      logger: new NestLog(log),
      abortOnError: false,
    }).catch((error: unknown) => {
      throw isManyhandsError(error, 'bad_request')
        ? new WrongSettings(refusalOf(config, error.message), { cause: error })
        : error;
    });
    return {
      metrics,
      problem: () => app.get<Broker>(BROKER).problem,
      close: () => app.close().finally(close),
      endsWithinMs: config.drainWithinMs + handoverMsMax,
    };
  });
}

/** Starting again cannot help: kinds load or do not. */
function refusalOf({ kinds, kindModules }: ComputeConfig, why: string): string {
  if (kinds !== undefined && why.startsWith('no task is named'))
    return `Compute cannot start: MANYHANDS_KINDS is "${kinds.join(',')}", but ${why}.`;
  return `Compute cannot start with MANYHANDS_KIND_MODULES "${kindModules.join(',')}": ${why}.`;
}
