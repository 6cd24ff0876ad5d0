/** Reads the query of lists, whose names and number `QueryGuard` has seen to. A value of the wrong type is 422, one out of range 400. */
import { JOB_STATUSES, JobId, limits, type JobStatus } from '@manyhands/proto';
import { badRequest, invalidFields, type FieldProblem } from '../edge/problem.ts';
import type { PageRequest } from './job-list.ts';

const defaultLimit = 20;

/** Throws the refusal for a query that does not fit. */
export function readPageQuery(query: Record<string, unknown>): PageRequest {
  const { status, kind, cursor } = query as Partial<Record<string, string>>;
  if (status !== undefined && !JOB_STATUSES.includes(status as JobStatus))
    throw invalidFields([
      { loc: ['query', 'status'], msg: `must be one of ${JOB_STATUSES.join(', ')}`, type: 'enum' },
      ...limitProblems(query),
    ]);
  const limit = readLimit(query);
  const before = JobId.safeParse(cursor);
  if (cursor !== undefined && !before.success)
    throw badRequest('cursor must be the next_cursor of an earlier page; leave it out to start at the newest.');
  return { status: status as JobStatus | undefined, kind, limit, cursor: before.data };
}

/** How many entries a page may have. Throws the refusal. */
export function readLimit(query: Record<string, unknown>): number {
  const problems = limitProblems(query);
  if (problems.length > 0) throw invalidFields(problems);
  const limit = query['limit'] === undefined ? defaultLimit : Number(query['limit']);
  if (limit < 1 || limit > limits.pageSizeMax) throw badRequest(`limit must be between 1 and ${limits.pageSizeMax}.`);
  return limit;
}

function limitProblems({ limit }: Record<string, unknown>): FieldProblem[] {
  const fits = limit === undefined || (typeof limit === 'string' && /^-?\d+$/.test(limit));
  return fits ? [] : [{ loc: ['query', 'limit'], msg: 'must be a whole number', type: 'int_type' }];
}
