/** Metrics: counts what happens, remembers what became of each job. The only wiring. */
import { dirname } from 'node:path';
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
import { RecordCopies } from './history/record-copies.ts';
import { RecordCopy } from './history/record-copy.ts';
import { HistoryReader } from './history/history-reader.ts';
import { HistoryTrends } from './history/history-trends.ts';
import { openPostgres } from './sql/postgres.ts';
import { openSqlite } from './sql/sqlite.ts';

@Module({})
export class MetricsModule {
  static with(broker: Broker, config: MetricsConfig, log: Logger): DynamicModule {
    const database = config.databaseUrl === undefined ? openSqlite(config.historyFile) : openPostgres(config.databaseUrl);
    return {
      module: MetricsModule,
      controllers: [FinishController, HistoryController, MetricsController],
      providers: [
        SystemMetrics,
        { provide: History, useFactory: () => new History(database) },
        { provide: HistoryReader, useFactory: () => new HistoryReader(database) },
        { provide: HistoryTrends, useFactory: () => new HistoryTrends(database) },
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
          provide: RecordCopies,
          inject: [History],
          useFactory: (history: History) =>
            new RecordCopies([new RecordCopy(broker, history, 'failures'), new RecordCopy(broker, history, 'logs')], log),
        },
        {
          provide: Collector,
          inject: [SystemMetrics],
          useFactory: (metrics: SystemMetrics) =>
            new Collector(broker, metrics, log, {
              keptMs: retainedMs(config.retentionHours),
              folder: dirname(config.historyFile),
            }),
        },
        {
          provide: Drain,
          inject: [Collector, History, RecordCopies],
          useFactory: (collector: Collector, history: History, copies: RecordCopies) =>
            new Drain(collector, history, copies, broker),
        },
      ],
    };
  }
}
