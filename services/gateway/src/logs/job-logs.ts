/** The stored lines of a job, page by page. */
import { Inject, Injectable } from '@nestjs/common';
import { readPage, readWanted } from '@manyhands/broker';
import { type Answer, logSubjects } from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { isWantedData, type LineFilter, listedLines, type StoredLine } from './listed-line.ts';

/** A page may pass over all that is kept of a job. */
const DEADLINE_MS = 5_000;
const tooSlow = 'The log could not be read in time because NATS does not answer; try again in a few seconds.';

export interface LinesWanted extends LineFilter {
  after?: string | undefined;
  before?: string | undefined;
  limit: number;
}

@Injectable()
export class JobLogs {
  constructor(@Inject(BrokerLink) private readonly link: BrokerLink) {}

  /** The first lines after one, or the newest before one or of all. Throws `unavailable`. */
  async read(tenant: string, jobId: string, { after, before, limit, ...filter }: LinesWanted): Promise<Answer<'LogPage'>> {
    const { broker } = this.link.bus();
    const stored = await withDeadline(
      readWanted(broker, 'logs', logSubjects.ofJob(tenant, jobId), {
        ...(after !== undefined && { afterSequence: Number(after) }),
        ...(before !== undefined && { beforeSequence: Number(before) }),
        count: limit + 1,
        wanted: (data) => isWantedData(data, filter),
      }),
      tooSlow,
      DEADLINE_MS,
    );
    const hasMore = stored.length > limit;
    const lines = listedLines(after === undefined ? stored.slice(-limit) : stored.slice(0, limit), filter);
    const [first, last] = [lines[0]?.id ?? null, lines.at(-1)?.id ?? null];
    return after === undefined
      ? { lines, prev_cursor: hasMore ? first : null, next_cursor: before === undefined ? null : last }
      : { lines, prev_cursor: after === '0' ? null : first, next_cursor: hasMore ? last : null };
  }

  /** The first lines after one, as they are stored. Throws `unavailable`. */
  async after(tenant: string, jobId: string, afterSequence: number, count: number): Promise<StoredLine[]> {
    const { broker } = this.link.bus();
    return withDeadline(
      readPage(broker, 'logs', logSubjects.ofJob(tenant, jobId), { afterSequence, count }),
      tooSlow,
      DEADLINE_MS,
    );
  }
}
