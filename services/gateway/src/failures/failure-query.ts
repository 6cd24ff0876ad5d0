/** What groups of dead letters are asked with. */
import { limits } from '@manyhands/proto';
import { z } from 'zod';
import { Field } from '../contract/field.ts';
import { SequenceText } from '../contract/sequence-text.ts';
import { Cursor, Kind, Limit, PageQuery } from '../jobs/page-query.ts';

export class FailureQuery {
  @Kind
  kind?: string;

  @Field(z.string().min(1).max(limits.searchCharsMax), {
    description:
      'Only groups with a letter that has all of these words, whatever the case of their letters, in its code, message or kind, or in the id of its job. Its figures are those of the whole group.',
  })
  text?: string;

  @Limit
  limit!: number;
}

export class GroupJobsQuery extends PageQuery {}

/** Which part of a group an action is for. */
export class GroupBody {
  @Field(SequenceText, {
    description: 'Only this letter and those that died before it: `up_to` of the group.',
    problem: 'must be the up_to of an answer about the group; leave it out for all of it',
  })
  up_to?: string;

  @Field(z.int().min(1).max(limits.bulkJobsMax), { default: limits.bulkJobsMax, description: 'Jobs in one page.' })
  limit?: number;

  @Cursor
  cursor?: string;
}

export class GroupRequeueBody extends GroupBody {
  @Field(z.enum(['leave', 'requeue']), {
    default: 'leave',
    description:
      'For jobs that would fail by their other dead chunks: `leave`: such a job refuses. `requeue`: all of its dead chunks run again.',
  })
  others?: 'leave' | 'requeue';
}
