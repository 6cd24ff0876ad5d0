/** Compute's wiring: configuration, connection, and the worker that runs our kinds. */
import { type DynamicModule, Module } from '@nestjs/common';
import { openBroker } from '@manyhands/broker';
import type { Logger } from '@manyhands/observe';
import type { ComputeConfig } from './config.ts';
import { BROKER, CONFIG, LOG } from './provided.ts';
import { WorkerLife } from './worker/worker-life.ts';

@Module({})
export class ComputeModule {
  static with(config: ComputeConfig, log: Logger): DynamicModule {
    return {
      module: ComputeModule,
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: LOG, useValue: log },
        { provide: BROKER, useFactory: () => openBroker({ url: config.natsUrl, access: config.natsAccess, name: 'compute' }) },
        WorkerLife,
      ],
    };
  }
}
