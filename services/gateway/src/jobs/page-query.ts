/** The queries of lists. */
import { JobId, JobStatus, KindName, limits } from '@manyhands/proto';
import { z } from 'zod';
import { Field } from '../contract/field.ts';
import { SequenceText } from '../contract/sequence-text.ts';

const problem = 'must be the next_cursor of an earlier page; leave it out to start at the beginning';
export const Status = Field(JobStatus);
export const Kind = Field(KindName);
export const Limit = Field(z.int().min(1).max(limits.pageSizeMax), { default: limits.pageSizeDefault });

export const Cursor = Field(JobId, { problem });

export const Tag = Field(z.string().regex(new RegExp(`^.{1,${limits.tagCharsMax}}=.{0,${limits.tagCharsMax}}$`, 's')), {
  description: 'Only jobs with this tag, as `name=value`.',
  problem: 'must be a name and a value, like team=web',
});

export const Text = Field(z.string().min(1).max(limits.searchCharsMax), {
  description:
    'Only jobs that have all of these words, whatever the case of their letters, in their id, kind, params, tags, or what they failed with.',
});

/** A page of what has ids that sort by time: newest first. */
export class PageQuery {
  @Limit
  limit!: number;

  @Cursor
  cursor?: string;
}

export class JobListQuery extends PageQuery {
  @Status
  status?: JobStatus;

  @Kind
  kind?: string;

  @Tag
  tag?: string;

  @Text
  text?: string;
}

/** Dead letters are read in the order of their stream, so that a cursor is a sequence of it. */
export class DeadLetterQuery {
  @Field(JobId, { description: 'Only those of this job.' })
  job_id?: string;

  @Limit
  limit!: number;

  @Field(SequenceText, { problem })
  cursor?: string;
}
