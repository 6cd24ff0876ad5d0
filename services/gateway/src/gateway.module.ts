/** The gateway's only wiring. */
import { Module, type DynamicModule } from '@nestjs/common';
import { Accounts } from './accounts/accounts.ts';
import { ApiKeys } from './accounts/api-keys.ts';
import { AuthController } from './accounts/auth.controller.ts';
import { FirstAdmin } from './accounts/first-admin.ts';
import { KeysController } from './accounts/keys.controller.ts';
import { MeController } from './accounts/me.controller.ts';
import { Sessions } from './accounts/sessions.ts';
import { SignIn } from './accounts/sign-in.ts';
import { SignInLinks } from './accounts/sign-in-links.ts';
import { Tickets } from './accounts/tickets.ts';
import { UsersController } from './accounts/users.controller.ts';
import { BatchFiles } from './batches/batch-files.ts';
import { BatchFilesController } from './batches/batch-files.controller.ts';
import { BatchesController } from './batches/batches.controller.ts';
import { BrokerLink } from './bus/broker-link.ts';
import { Storage } from './bus/storage.ts';
import { CompatJobs } from './compat/compat-jobs.ts';
import { LaneEvents } from './compat/lane-events.ts';
import { LaneJobsController } from './compat/lane-jobs.controller.ts';
import { PrimesController } from './compat/primes.controller.ts';
import { SubmissionsController } from './compat/submissions.controller.ts';
import { TasksController } from './compat/tasks.controller.ts';
import { CONFIG, type GatewayConfig } from './config.ts';
import { DashboardController } from './dashboard/dashboard.controller.ts';
import { DemoController } from './demo/demo.controller.ts';
import { FailureGroups } from './failures/failure-groups.ts';
import { FailuresController } from './failures/failures.controller.ts';
import { GroupAction } from './failures/group-action.ts';
import { RedocController } from './docs/redoc.controller.ts';
import { EstimateController } from './estimate/estimate.controller.ts';
import { GatewayMetrics } from './expose/gateway-metrics.ts';
import { MetricsController } from './expose/metrics.controller.ts';
import { MetricsLiteController } from './expose/metrics-lite.controller.ts';
import { HealthController } from './health/health.controller.ts';
import { UntakenWork } from './health/untaken-work.ts';
import { HistoryController } from './history/history.controller.ts';
import { JobHistory } from './history/job-history.ts';
import { StatisticsController } from './history/statistics.controller.ts';
import { CallerWatch } from './identity/caller-watch.ts';
import { AccessTokens } from './identity/access-tokens.ts';
import { ApiKeyUse } from './identity/api-key-use.ts';
import { Identification } from './identity/identification.ts';
import { IdentityStore } from './identity/identity-store.ts';
import { ProviderAccounts } from './identity/provider-accounts.ts';
import { ProviderTokens } from './identity/provider-tokens.ts';
import { SigningKeys } from './identity/signing-keys.ts';
import { InputStore } from './inputs/input-store.ts';
import { JobInputs } from './inputs/job-inputs.ts';
import { InputsController } from './inputs/inputs.controller.ts';
import { UploadSeats } from './inputs/upload-seats.ts';
import { JobCancellation } from './jobs/cancel-job.ts';
import { BulkAction } from './jobs/bulk-action.ts';
import { BulkController } from './jobs/bulk.controller.ts';
import { JobPages } from './jobs/job-pages.ts';
import { JobDeleting } from './jobs/delete-job.ts';
import { JobRequeueing } from './jobs/requeue-job.ts';
import { DeadLetters } from './jobs/dead-letters.ts';
import { DeadLettersController } from './jobs/dead-letters.controller.ts';
import { JobPausing } from './jobs/pause-job.ts';
import { ChunksController } from './jobs/chunks.controller.ts';
import { ProfileController } from './profile/profile.controller.ts';
import { JobChunks } from './jobs/job-chunks.ts';
import { JobsController } from './jobs/jobs.controller.ts';
import { KindCatalog } from './kinds/kind-catalog.ts';
import { KindRemoval } from './kinds/kind-removal.ts';
import { KindsController } from './kinds/kinds.controller.ts';
import { JobLogs } from './logs/job-logs.ts';
import { LogStreams } from './logs/log-streams.ts';
import { Launcher } from './local/launcher.ts';
import { WorkerKillController } from './local/worker-kill.controller.ts';
import { Limiter } from './limits/limiter.ts';
import { Quotas } from './limits/quotas.ts';
import { ClusterLeases } from './leases/cluster-leases.ts';
import { ClusterLeasesController } from './leases/cluster-leases.controller.ts';
import { LeaseTails } from './leases/lease-tails.ts';
import { LeasesController } from './leases/leases.controller.ts';
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
import { ProviderClients } from './provider-sign-in/provider-clients.ts';
import { ProviderSignInController } from './provider-sign-in/provider-sign-in.controller.ts';
import { Downloads } from './results/downloads.ts';
import { FilesController } from './results/files.controller.ts';
import { JobFiles } from './results/job-files.ts';
import { JobResults } from './results/job-results.ts';
import { ResultsController } from './results/results.controller.ts';
import { SharedJobController } from './shares/shared-job.controller.ts';
import { SharedJobs } from './shares/shared-jobs.ts';
import { ShareLinks } from './shares/share-links.ts';
import { SharesController } from './shares/shares.controller.ts';
import { JobSubmission } from './submit/submit-job.ts';
import { JobSchedules } from './schedule/job-schedules.ts';
import { ScheduleHalt } from './schedule/schedule-halt.ts';
import { SchedulesController } from './schedule/schedules.controller.ts';
import { Idempotency } from './submit/idempotency.ts';
import { SandboxTrust } from './submit/sandbox-trust.ts';
import { JobWait } from './submit/job-wait.ts';
import { Submissions } from './submit/submissions.ts';
import { SubmitController } from './submit/submit.controller.ts';
import { NewestStats } from './workers/newest-stats.ts';
import { ThroughputHistory } from './workers/throughput-history.ts';
import { WorkerDrain } from './workers/worker-drain.ts';
import { WorkerRecord } from './workers/worker-record.ts';
import { WorkerRoster } from './workers/worker-roster.ts';
import { WorkersController } from './workers/workers.controller.ts';

@Module({})
export class GatewayModule {
  static with(config: GatewayConfig): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [
        AuthController,
        ProviderSignInController,
        MeController,
        KeysController,
        UsersController,
        SubmitController,
        DemoController,
        InputsController,
        SchedulesController,
        BulkController,
        JobsController,
        SharesController,
        SharedJobController,
        ChunksController,
        ProfileController,
        LeasesController,
        ClusterLeasesController,
        ResultsController,
        FilesController,
        DeadLettersController,
        FailuresController,
        HistoryController,
        StatisticsController,
        EventsController,
        LogsController,
        KindsController,
        EstimateController,
        WorkersController,
        HealthController,
        MetricsController,
        MetricsLiteController,
        PrimesController,
        TasksController,
        SubmissionsController,
        LaneJobsController,
        BatchFilesController,
        BatchesController,
        RedocController,
        // Nowhere else is there such an address.
        ...(config.killsWorkers ? [WorkerKillController] : []),
        DashboardController,
      ],
      providers: [
        { provide: CONFIG, useValue: config },
        BrokerLink,
        Identification,
        CallerWatch,
        IdentityStore,
        SigningKeys,
        AccessTokens,
        ProviderAccounts,
        ProviderTokens,
        ProviderClients,
        ApiKeyUse,
        Accounts,
        Sessions,
        SignIn,
        SignInLinks,
        FirstAdmin,
        Tickets,
        ApiKeys,
        Storage,
        Limiter,
        Quotas,
        Feeds,
        JobViews,
        FanOut,
        Channels,
        EventStreams,
        JobLogs,
        LogTails,
        LeaseTails,
        ClusterLeases,
        LogStreams,
        Bridge,
        BridgeCommands,
        UploadSeats,
        InputStore,
        JobInputs,
        JobSubmission,
        SandboxTrust,
        Submissions,
        Idempotency,
        JobWait,
        JobSchedules,
        ScheduleHalt,
        JobPages,
        BulkAction,
        JobChunks,
        JobCancellation,
        JobPausing,
        JobRequeueing,
        JobDeleting,
        ShareLinks,
        SharedJobs,
        DeadLetters,
        FailureGroups,
        GroupAction,
        JobResults,
        JobFiles,
        Downloads,
        JobHistory,
        CompatJobs,
        LaneEvents,
        BatchFiles,
        KindCatalog,
        KindRemoval,
        WorkerRoster,
        WorkerRecord,
        WorkerDrain,
        NewestStats,
        UntakenWork,
        ThroughputHistory,
        GatewayMetrics,
        ...(config.killsWorkers ? [Launcher] : []),
      ],
    };
  }
}
