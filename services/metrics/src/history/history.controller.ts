/** Answers the gateway's questions about finished jobs, over NATS. */
import { OnQuery } from '@manyhands/nats-nest';
import {
  coreSubjects,
  decode,
  QueryHistory,
  QueryKeptJob,
  QueryStatistics,
  QueryTrends,
  type FinishedStatistics,
  type HistoryPage,
  type JobTrends,
  type KeptJob,
} from '@manyhands/proto';
import { Controller, Inject } from '@nestjs/common';
import { HistoryReader } from './history-reader.ts';
import { HistoryTrends } from './history-trends.ts';

@Controller()
export class HistoryController {
  constructor(
    @Inject(HistoryReader) private readonly history: HistoryReader,
    @Inject(HistoryTrends) private readonly trends: HistoryTrends,
  ) {}

  /** Throws `undecodable` for a question this release cannot read: the client is not answered. */
  @OnQuery(coreSubjects.queryHistory)
  answerQuery(data: Uint8Array): Promise<HistoryPage> {
    return this.history.page(decode(QueryHistory, data));
  }

  /** Throws `undecodable` as `answerQuery`. */
  @OnQuery(coreSubjects.queryStatistics)
  answerStatistics(data: Uint8Array): Promise<FinishedStatistics> {
    return this.history.statistics(decode(QueryStatistics, data));
  }

  /** Throws `undecodable` as `answerQuery`. */
  @OnQuery(coreSubjects.queryTrends)
  answerTrends(data: Uint8Array): Promise<JobTrends> {
    return this.trends.read(decode(QueryTrends, data));
  }

  /** Throws `undecodable` as `answerQuery`. */
  @OnQuery(coreSubjects.queryKept)
  answerKept(data: Uint8Array): Promise<KeptJob> {
    return this.history.kept(decode(QueryKeptJob, data));
  }
}
