/** The gateway's only wiring. */
import { Module, type DynamicModule } from '@nestjs/common';
import { BrokerLink } from './bus/broker-link.ts';
import { Storage } from './bus/storage.ts';
import { CONFIG, type GatewayConfig } from './config.ts';
import { DashboardController } from './dashboard/dashboard.controller.ts';
import { GatewayMetrics } from './expose/gateway-metrics.ts';
import { MetricsController } from './expose/metrics.controller.ts';
import { HealthController } from './health/health.controller.ts';
import { HistoryController } from './history/history.controller.ts';
import { JobHistory } from './history/job-history.ts';
import { InputStore } from './inputs/input-store.ts';
import { JobInputs } from './inputs/job-inputs.ts';
import { InputsController } from './inputs/inputs.controller.ts';
import { JobCancellation } from './jobs/cancel-job.ts';
import { JobPages } from './jobs/job-pages.ts';
import { JobRequeueing } from './jobs/requeue-job.ts';
import { DeadLetters } from './jobs/dead-letters.ts';
import { DeadLettersController } from './jobs/dead-letters.controller.ts';
import { JobPausing } from './jobs/pause-job.ts';
import { JobsController } from './jobs/jobs.controller.ts';
import { KindCatalog } from './kinds/kind-catalog.ts';
import { KindRemoval } from './kinds/kind-removal.ts';
import { KindsController } from './kinds/kinds.controller.ts';
import { JobLogs } from './logs/job-logs.ts';
import { LogStreams } from './logs/log-streams.ts';
import { LogTails } from './logs/log-tails.ts';
import { LogsController } from './logs/logs.controller.ts';
import { BridgeCommands } from './progress/websocket/bridge-commands.ts';
import { Bridge } from './progress/websocket/bridge.ts';
import { Channels } from './progress/fan-out/channels.ts';
import { EventStreams } from './progress/sse/event-streams.ts';
import { EventsController } from './progress/sse/events.controller.ts';
import { FanOut } from './progress/fan-out/fan-out.ts';
import { Feeds } from './mirror/feeds.ts';
import { JobViews } from './mirror/job-views.ts';
import { Downloads } from './results/downloads.ts';
import { JobResults } from './results/job-results.ts';
import { ResultsController } from './results/results.controller.ts';
import { JobSubmission } from './submit/submit-job.ts';
import { JobSchedules } from './schedule/job-schedules.ts';
import { SchedulesController } from './schedule/schedules.controller.ts';
import { Idempotency } from './submit/idempotency.ts';
import { JobWait } from './submit/job-wait.ts';
import { Submissions } from './submit/submissions.ts';
import { SubmitController } from './submit/submit.controller.ts';
import { ThroughputHistory } from './workers/throughput-history.ts';
import { WorkerRoster } from './workers/worker-roster.ts';
import { WorkersController } from './workers/workers.controller.ts';

@Module({})
export class GatewayModule {
  static with(config: GatewayConfig): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [
        SubmitController,
        InputsController,
        SchedulesController,
        JobsController,
        ResultsController,
        DeadLettersController,
        HistoryController,
        EventsController,
        LogsController,
        KindsController,
        WorkersController,
        HealthController,
        MetricsController,
        DashboardController,
      ],
      providers: [
        { provide: CONFIG, useValue: config },
        BrokerLink,
        Storage,
        Feeds,
        JobViews,
        FanOut,
        Channels,
        EventStreams,
        JobLogs,
        LogTails,
        LogStreams,
        Bridge,
        BridgeCommands,
        InputStore,
        JobInputs,
        JobSubmission,
        Submissions,
        Idempotency,
        JobWait,
        JobSchedules,
        JobPages,
        JobCancellation,
        JobPausing,
        JobRequeueing,
        DeadLetters,
        JobResults,
        Downloads,
        JobHistory,
        KindCatalog,
        KindRemoval,
        WorkerRoster,
        ThroughputHistory,
        GatewayMetrics,
      ],
    };
  }
}
