/** The coordinator's only wiring. */
import type { Logger } from '@manyhands/observe';
import { Module, type DynamicModule } from '@nestjs/common';
import type { Bus } from './bus.ts';
import { JobTurns } from './ownership/job-turns.ts';
import { MailboxController } from './ownership/mailbox.controller.ts';

@Module({})
export class CoordinatorModule {
  static with(bus: Bus, log: Logger): DynamicModule {
    return {
      module: CoordinatorModule,
      controllers: [MailboxController],
      providers: [{ provide: JobTurns, useFactory: () => new JobTurns(bus, log) }],
    };
  }
}
