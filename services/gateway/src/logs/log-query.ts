/** The queries of a job's log. */
import { limits, LogLevel, WorkerId } from '@manyhands/proto';
import { z } from 'zod';
import { Field } from '../contract/field.ts';
import { AfterText } from '../contract/sequence-text.ts';

const problem = 'must be the id of a line, or the cursor of a page';

/** Which lines of a job. */
class LineQuery {
  @Field(LogLevel, { description: 'Only lines of this level or a higher one.' })
  level?: LogLevel;

  @Field(WorkerId, { description: 'Only lines that this worker stored.' })
  worker?: string;
}

export class LogQuery extends LineQuery {
  @Field(AfterText, { description: 'The first lines after this one; `0`: from the oldest.', problem })
  after?: string;

  @Field(AfterText, {
    description: 'The newest lines before this one. Without `after` and `before`: the newest of all.',
    problem,
  })
  before?: string;

  @Field(z.int().min(1).max(limits.logPageMax), { default: limits.logPageDefault })
  limit!: number;

  @Field(z.enum(['json', 'ndjson']), { default: 'json', description: '`ndjson`: only the lines, one JSON object on each.' })
  format!: 'json' | 'ndjson';
}

export class LogEventQuery extends LineQuery {
  @Field(z.string(), { description: 'The same as the header, for clients that cannot send one.' })
  last_event_id?: string;
}
