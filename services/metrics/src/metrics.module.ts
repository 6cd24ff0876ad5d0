/** Metrics: counts what happens, remembers what became of each job. The only wiring. */
import type { Broker } from '@manyhands/nats';
import type { Logger } from '@manyhands/observe';
import { retainedMs } from '@manyhands/proto';
import { Module, type DynamicModule } from '@nestjs/common';
import { Collector } from './collect/collector.ts';
import type { MetricsConfig } from './config.ts';
import { Drain } from './drain.ts';
import { MetricsController } from './expose/metrics.controller.ts';
import { SystemMetrics } from './expose/system-metrics.ts';
import { FinishController } from './history/finish.controller.ts';
import { FinishRecorder } from './history/finish-recorder.ts';
import { HistoryController } from './history/history.controller.ts';
import { HistoryPruning } from './history/history-pruning.ts';
import { History } from './history/history.ts';
import { openHistoryDatabase } from './history/history-database.ts';

@Module({})
export class MetricsModule {
  static with(broker: Broker, config: MetricsConfig, log: Logger): DynamicModule {
    return {
      module: MetricsModule,
      controllers: [FinishController, HistoryController, MetricsController],
      providers: [
        SystemMetrics,
        { provide: History, useFactory: () => new History(openHistoryDatabase(config.historyFile)) },
        {
          provide: FinishRecorder,
          inject: [History, SystemMetrics],
          useFactory: (history: History, metrics: SystemMetrics) => new FinishRecorder(history, metrics),
        },
        {
          provide: HistoryPruning,
          inject: [History],
          useFactory: (history: History) => new HistoryPruning(history, config.historyDays, log),
        },
        {
          provide: Collector,
          inject: [SystemMetrics],
          useFactory: (metrics: SystemMetrics) => new Collector(broker, metrics, log, retainedMs(config.retentionHours)),
        },
        {
          provide: Drain,
          inject: [Collector, History],
          useFactory: (collector: Collector, history: History) => new Drain(collector, history, broker),
        },
      ],
    };
  }
}
