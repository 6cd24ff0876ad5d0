/** Answers the gateway's questions about finished jobs, over NATS. */
import { OnQuery } from '@manyhands/nats-nest';
import { coreSubjects, decode, QueryHistory, type HistoryPage } from '@manyhands/proto';
import { Controller, Inject } from '@nestjs/common';
import { History } from './history.ts';

@Controller()
export class HistoryController {
  constructor(@Inject(History) private readonly history: History) {}

  /** Throws `undecodable` for a question this release cannot read: the client is not answered. */
  @OnQuery(coreSubjects.queryHistory)
  answerQuery(data: Uint8Array): HistoryPage {
    return this.history.page(decode(QueryHistory, data));
  }
}
