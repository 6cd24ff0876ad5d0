/** Finished jobs of a tenant, asked of the metrics service, which keeps them in SQL for longer than the bus keeps views. */
import { Inject, Injectable } from '@nestjs/common';
import {
  coreSubjects,
  decode,
  encode,
  FinishedStatistics,
  HistoryPage,
  ifReadable,
  isManyhandsError,
  JobTrends,
  KeptJob,
  limits,
  ManyhandsError,
  type Answer,
  type QueryHistory,
  type QueryKeptJob,
  type QueryStatistics,
  type QueryTrends,
} from '@manyhands/proto';
import type { z } from 'zod';
import { BrokerLink } from '../bus/broker-link.ts';
import { BUS_DEADLINE_MS } from '../bus/deadline.ts';

@Injectable()
export class JobHistory {
  constructor(@Inject(BrokerLink) private readonly link: BrokerLink) {}

  /** One page, newest first. Throws `unavailable` when the metrics service does not answer, or not in a form that this release knows. */
  async read(query: Omit<QueryHistory, 'v' | 'type'>): Promise<Omit<HistoryPage, 'v' | 'type'>> {
    const question: QueryHistory = { v: 1, type: 'QueryHistory', ...query };
    const { jobs, next_cursor } = await this.#ask(coreSubjects.queryHistory, question, HistoryPage);
    return { jobs, next_cursor };
  }

  /** The newest completed jobs of a kind, with how busy their slots were where that was measured. Throws as `read`. */
  async completed(tenant: string, kind: string, limit: number): Promise<Pick<HistoryPage, 'jobs' | 'busy'>> {
    const question: QueryHistory = { v: 1, type: 'QueryHistory', tenant, kind, status: 'completed', busy: true, limit };
    return this.#ask(coreSubjects.queryHistory, question, HistoryPage);
  }

  /** How all finished jobs of a tenant ended, apart from those that run again. Throws as `read`. */
  async statistics(tenant: string, without: string[]): Promise<Omit<FinishedStatistics, 'v' | 'type'>> {
    const question: QueryStatistics = { v: 1, type: 'QueryStatistics', tenant, without: without.slice(0, limits.pageSizeMax) };
    const { v: _v, type: _type, ...counts } = await this.#ask(coreSubjects.queryStatistics, question, FinishedStatistics);
    return counts;
  }

  /** How the finished jobs of each day went. Throws as `read`. */
  async trends(query: Omit<QueryTrends, 'v' | 'type'>): Promise<Omit<JobTrends, 'v' | 'type'>> {
    const question: QueryTrends = { v: 1, type: 'QueryTrends', ...query };
    const { v: _v, type: _type, ...trends } = await this.#ask(coreSubjects.queryTrends, question, JobTrends);
    return trends;
  }

  /** All that is kept of a job; undefined when there is no such job of the tenant. Throws as `read`. */
  async kept(tenant: string, jobId: string): Promise<Answer<'KeptJob'> | undefined> {
    const question: QueryKeptJob = { v: 1, type: 'QueryKeptJob', tenant, job_id: jobId };
    const { v: _v, type: _type, job, ...more } = await this.#ask(coreSubjects.queryKept, question, KeptJob);
    return job === null ? undefined : { job, ...more };
  }

  async #ask<Answer>(subject: string, question: object, schema: z.ZodType<Answer>): Promise<Answer> {
    const { broker } = this.link.bus();
    const answer = await broker.request(subject, encode(question), BUS_DEADLINE_MS).catch((error: unknown) => {
      if (!isManyhandsError(error, 'unavailable')) throw error;
      throw new ManyhandsError(
        'unavailable',
        'History cannot be read: the metrics service does not answer. Start it if it is not running, or try again in a few seconds.',
        { cause: error },
      );
    });
    const read = ifReadable(() => decode(schema, answer));
    if (read === undefined)
      throw new ManyhandsError(
        'unavailable',
        'History cannot be read: the metrics service is of another release than this gateway. Update both to the same one.',
      );
    return read;
  }
}
