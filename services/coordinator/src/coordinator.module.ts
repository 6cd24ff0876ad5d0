/** The coordinator's only wiring. */
import type { PatientOutbox } from './mailbox/patient-outbox.ts';
import type { Logger } from '@manyhands/observe';
import { Module, type DynamicModule } from '@nestjs/common';
import type { Bus } from './bus.ts';
import { AssetCare } from './care/asset-care.ts';
import type { CoordinatorConfig } from './config.ts';
import { JobTurns } from './takeover/job-turns.ts';
import { MailboxController } from './takeover/mailbox.controller.ts';
import { LeaseReclaim } from './reclaim/lease-reclaim.ts';
import { ReclaimController } from './reclaim/reclaim.controller.ts';
import { ArtifactTidy } from './retention/artifact-tidy.ts';
import { DeletionController } from './retention/deletion.controller.ts';
import { InputTidy } from './retention/input-tidy.ts';
import { JobDeletions } from './retention/job-deletion.ts';
import { JobKeeper } from './retention/job-keeper.ts';
import { LetterTidy } from './retention/letter-tidy.ts';
import { ScheduleController } from './schedule/schedule.controller.ts';
import { ScheduleRuns } from './schedule/schedule-runs.ts';
import { ScheduleWatch } from './schedule/schedule-watch.ts';

@Module({})
export class CoordinatorModule {
  static with(
    bus: Bus,
    turns: JobTurns,
    care: AssetCare,
    letters: PatientOutbox,
    config: CoordinatorConfig,
    log: Logger,
  ): DynamicModule {
    return {
      module: CoordinatorModule,
      controllers: [MailboxController, ReclaimController, ScheduleController, DeletionController],
      providers: [
        { provide: JobTurns, useFactory: () => turns },
        { provide: ScheduleRuns, useFactory: () => new ScheduleRuns(bus.broker, bus.outbox, config.retentionHours) },
        { provide: ScheduleWatch, useFactory: () => new ScheduleWatch(bus.broker, log) },
        { provide: LeaseReclaim, useFactory: () => new LeaseReclaim(bus.broker, bus.outbox, letters, log) },
        { provide: AssetCare, useFactory: () => care },
        { provide: JobKeeper, useFactory: () => new JobKeeper(bus.broker, bus.buckets, config.retentionHours, log) },
        { provide: JobDeletions, useFactory: () => new JobDeletions(bus.broker, bus.buckets) },
        {
          provide: ArtifactTidy,
          useFactory: () => new ArtifactTidy(bus.broker, bus.buckets.jobs, config.retentionHours, log),
        },
        { provide: InputTidy, useFactory: () => new InputTidy(bus.broker, bus.buckets.jobs, config.retentionHours, log) },
        { provide: LetterTidy, useFactory: () => new LetterTidy(bus.broker, bus.buckets.jobs, config.retentionHours, log) },
      ],
    };
  }
}
