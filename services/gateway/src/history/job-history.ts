/** Finished jobs of a tenant, asked of the metrics service, which keeps them in SQL for longer than the bus keeps views. */
import { Inject, Injectable } from '@nestjs/common';
import {
  coreSubjects,
  decode,
  encode,
  HistoryPage,
  ifReadable,
  isManyhandsError,
  ManyhandsError,
  type QueryHistory,
} from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { BUS_DEADLINE_MS } from '../bus/deadline.ts';

@Injectable()
export class JobHistory {
  constructor(@Inject(BrokerLink) private readonly link: BrokerLink) {}

  /** One page, newest first. Throws `unavailable` when the metrics service does not answer, or not in a form that this release knows. */
  async read(query: Omit<QueryHistory, 'v' | 'type'>): Promise<Omit<HistoryPage, 'v' | 'type'>> {
    const { broker } = this.link.bus();
    const question: QueryHistory = { v: 1, type: 'QueryHistory', ...query };
    const answer = await broker.request(coreSubjects.queryHistory, encode(question), BUS_DEADLINE_MS).catch((error: unknown) => {
      if (!isManyhandsError(error, 'unavailable')) throw error;
      throw new ManyhandsError(
        'unavailable',
        'History cannot be read: the metrics service does not answer. Start it if it is not running, or try again in a few seconds.',
        { cause: error },
      );
    });
    const page = ifReadable(() => decode(HistoryPage, answer));
    if (page === undefined)
      throw new ManyhandsError(
        'unavailable',
        'History cannot be read: the metrics service is of another release than this gateway. Update both to the same one.',
      );
    return { jobs: page.jobs, next_cursor: page.next_cursor };
  }
}
