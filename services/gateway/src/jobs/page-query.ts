/** Reads the query of `GET /v1/jobs`. A value of the wrong type is 422, one out of range 400. */
import { JOB_STATUSES, JobId, limits, type JobStatus } from '@manyhands/proto';
import { badRequest, invalidFields, type FieldProblem } from '../edge/problem.ts';
import type { PageRequest } from './job-list.ts';

const defaultLimit = 20;

/** Throws the refusal for a query that does not fit. */
export function readPageQuery(query: Record<string, unknown>): PageRequest {
  const problems: FieldProblem[] = [];
  const text = (name: string): string | undefined => {
    const value = query[name];
    if (value === undefined || value === '') return undefined;
    if (typeof value === 'string') return value;
    problems.push({ loc: ['query', name], msg: 'must be given once', type: 'string_type' });
    return undefined;
  };
  const [status, kind, limitText, cursor] = [text('status'), text('kind'), text('limit'), text('cursor')];
  if (status !== undefined && !JOB_STATUSES.includes(status as JobStatus)) {
    problems.push({ loc: ['query', 'status'], msg: `must be one of ${JOB_STATUSES.join(', ')}`, type: 'enum' });
  }
  if (limitText !== undefined && !/^-?\d+$/.test(limitText)) problems.push({ loc: ['query', 'limit'], msg: 'must be a whole number', type: 'int_type' });
  if (problems.length > 0) throw invalidFields(problems);
  const limit = limitText === undefined ? defaultLimit : Number(limitText);
  if (limit < 1 || limit > limits.pageSizeMax) throw badRequest(`limit must be between 1 and ${limits.pageSizeMax}.`);
  if (cursor !== undefined && !JobId.safeParse(cursor).success) throw badRequest('cursor must be the next_cursor of an earlier page; leave it out to start at the newest job.');
  return { status: status as JobStatus | undefined, kind, limit, cursor };
}
