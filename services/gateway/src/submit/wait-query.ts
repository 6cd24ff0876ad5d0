/** Reads `?wait=`: how long a submission may wait for the finished job. Pure. */
import { limits } from '@manyhands/proto';
import { z } from 'zod';
import { Field } from '../contract/field.ts';
import { readQuery } from '../contract/query.ts';
import { badRequest } from '../edge/problem.ts';

const longest = `${limits.waitMsMax / 1_000}s`;

export class SubmitQuery {
  @Field(z.string().regex(/^[0-9]{1,6}(ms|s)?$/), {
    description: `How long to wait for the end of the job, at most ${longest}; a job that ends in time is answered with 200.`,
    examples: ['5s', '500ms'],
    problem: 'must be a time like 5s or 500ms',
  })
  wait?: string;
}

/** Milliseconds; undefined when the request does not wait. Throws 422 for what is no time, 400 for one out of range. */
export function readWait(query: Readonly<Record<string, unknown>>): number | undefined {
  const { wait } = readQuery(SubmitQuery, query);
  if (wait === undefined) return undefined;
  const waitMs = Number.parseInt(wait, 10) * (wait.endsWith('ms') ? 1 : 1_000);
  if (waitMs > 0 && waitMs <= limits.waitMsMax) return waitMs;
  throw badRequest(`wait must be more than 0 and at most ${longest}.`);
}
