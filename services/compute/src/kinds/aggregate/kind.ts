/** Kind `aggregate`: the rows of a table, counted and added up by group, with exact decimals. */
import { defineTask, table } from '@manyhands/worker/task';
import { answerOf, type Row } from './answer.ts';
import { aggregatePart } from './compute.ts';
import { mergePartials } from './merge.ts';
import type { Partial } from './partial.ts';
import { type AggregateParams, type Plan, planOf } from './plan.ts';

const COLUMNS_MAX = 16;

const columns = (title: string, description: string) => ({
  title,
  description,
  type: 'array',
  items: { type: 'string', minLength: 1, maxLength: 200 },
  maxItems: COLUMNS_MAX,
});

export const aggregate = defineTask<AggregateParams, Uint8Array, Partial, AggregateParams, Record<string, unknown>, Row[]>({
  name: 'aggregate',
  title: 'Group by',
  description:
    'Counts the rows of a CSV or NDJSON file by group, and adds up, averages or compares their numbers. Exact: decimals are never rounded.',
  params: {
    type: 'object',
    properties: {
      group_by: columns('Group by', 'Columns whose texts make a group, such as a country. Without any, all rows are one group.'),
      sum: columns('Sum of', 'Columns whose numbers are added.'),
      mean: columns('Mean of', 'Columns whose numbers are averaged, to six digits more than they have.'),
      min: columns('Least of', 'Columns whose least number is wanted.'),
      max: columns('Most of', 'Columns whose largest number is wanted.'),
      distinct: columns('Different values of', 'Columns whose different texts are counted.'),
    },
    additionalProperties: false,
  },
  example: { group_by: ['country'], sum: ['price'] },
  input: table(),
  compute: (part, { params, signal }) => aggregatePart(part, planFor(params), () => signal.aborted),
  merge: (left, right, params) => mergePartials(left, right, planFor(params)),
  empty: [],
  finish: (merged, params) => answerOf(merged, [...new Set(params.group_by)], planFor(params)),
});

/** Of the parameters that were asked last, by their object, which is one in each lease, and by what they are. */
let last: { params: AggregateParams; json: string; plan: Plan } | undefined;

function planFor(params: AggregateParams): Plan {
  if (last?.params === params) return last.plan;
  const json = JSON.stringify(params);
  last = { params, json, plan: last?.json === json ? last.plan : planOf(params) };
  return last.plan;
}
