/** What finished jobs are searched for. */
import { limits, type JobStatus } from '@manyhands/proto';
import { z } from 'zod';
import { Field } from '../contract/field.ts';
import { Cursor, Kind, Limit, Status, Tag } from '../jobs/page-query.ts';

const problem = 'must be a time in UTC like 2026-11-28T06:30:00Z';
const seconds = z.number().min(0).max(limits.searchSecMax);

/** Of a file of all that fit. */
export class HistorySearchQuery {
  @Status
  status?: JobStatus;

  @Kind
  kind?: string;

  @Field(z.iso.datetime(), { problem, description: 'Only jobs submitted at this time or later.' })
  from?: string;

  @Field(z.iso.datetime(), { problem, description: 'Only jobs submitted before this time.' })
  to?: string;

  @Tag
  tag?: string;

  @Field(z.string().min(1).max(limits.searchCharsMax), {
    description: 'Only jobs whose error has this in its code or its message, whatever the case of its letters.',
  })
  error?: string;

  @Field(seconds, { description: 'Only jobs that were worked on for so many seconds or more.' })
  longer_than?: number;

  @Field(seconds, { description: 'Only jobs that were worked on for less than so many seconds.' })
  shorter_than?: number;
}

/** Of trends. */
export class HistoryTrendsQuery extends HistorySearchQuery {
  @Field(z.enum(['day']), { default: 'day', description: 'What is counted together: the jobs submitted on one day of UTC.' })
  by!: 'day';
}

/** Of a page. */
export class HistoryPageQuery extends HistorySearchQuery {
  @Limit
  limit!: number;

  @Cursor
  cursor?: string;
}
