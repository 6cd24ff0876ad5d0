/** What many jobs are asked for with. */
import { JobId, limits, type JobStatus } from '@manyhands/proto';
import { z } from 'zod';
import { Field } from '../contract/field.ts';
import { JOB_ACTIONS, type JobAction } from './job-action.ts';
import type { JobSearch } from './job-list.ts';
import { Cursor, Kind, Status, Tag, Text } from './page-query.ts';

class JobSearchFields {
  @Status
  status?: JobStatus;

  @Kind
  kind?: string;

  @Tag
  tag?: string;

  @Text
  text?: string;
}

export class JobCountQuery extends JobSearchFields {
  @Field(z.enum(JOB_ACTIONS), { description: 'Only jobs whose state allows this.' })
  action?: JobAction;
}

export class BulkBody extends JobSearchFields {
  @Field(z.enum(JOB_ACTIONS), { required: true })
  action!: JobAction;

  @Field(JobId, { description: 'Only this job and those submitted before it.' })
  up_to?: string;

  @Field(z.int().min(1).max(limits.bulkJobsMax), { default: limits.bulkJobsMax, description: 'Jobs in one page.' })
  limit?: number;

  @Cursor
  cursor?: string;
}

export function searchOf({ status, kind, tag, text, up_to: upTo }: BulkBody): JobSearch {
  return { status, kind, tag, text, upTo };
}
