/** How finished jobs of each day went: what the gateway asks metrics, and its answer. */
import { z } from 'zod';
import { limits } from '../limits.ts';
import { utcDayCount } from '../utc-days.ts';
import { QueryHistory } from './job-finished.ts';

/** Core subject `query.trends`. Searches as `QueryHistory` does, over `limits.trendDaysMax` days of UTC at most. */
export const QueryTrends = QueryHistory.omit({ before: true, busy: true, limit: true })
  .extend({
    type: z.literal('QueryTrends'),
    /** Submitted at this time or later. */
    from: z.iso.datetime(),
    /** Submitted before this time. */
    to: z.iso.datetime(),
  })
  .refine(({ from, to }) => utcDayCount(Date.parse(from), Date.parse(to)) <= limits.trendDaysMax, 'too many days');
export type QueryTrends = z.infer<typeof QueryTrends>;

const seconds = z.number().min(0).nullable();

/** How some jobs ended. */
const Ended = z.object({
  completed: z.int().min(0),
  failed: z.int().min(0),
  cancelled: z.int().min(0),
  failure_share: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .describe('Failed ones of those that completed or failed. Null where there is neither.'),
  chunks: z.int().min(0).describe('Chunks of theirs that were computed.'),
});

const OfKind = Ended.extend({
  kind: z.string(),
  p50_duration_sec: seconds.describe('Half of the completed jobs took so long or less. Null where there is none.'),
  p95_duration_sec: seconds.describe('95 of 100 completed jobs took so long or less.'),
});

/** The answer of metrics. */
export const JobTrends = z.object({
  v: z.literal(1),
  type: z.literal('JobTrends'),
  days: z
    .array(Ended.extend({ day: z.iso.date(), kinds: z.array(OfKind).describe('Of `kinds` those that have jobs of this day.') }))
    .max(limits.trendDaysMax)
    .describe('Every day of the period, oldest first, by when jobs were submitted, in UTC.'),
  kinds: z
    .array(OfKind)
    .max(limits.trendKindsMax)
    .describe(`The whole period by kind: the ${limits.trendKindsMax} with the most jobs, those first.`),
  more_kinds: z.boolean().describe('Whether there are more kinds than are counted apart. Their jobs are in `days`.'),
  counted_from: z.iso
    .datetime()
    .nullable()
    .describe(
      `Null: every job was looked at. Else only the newest were, ${limits.trendJobsMax} or as many as are read in a second: those submitted at this time or later.`,
    ),
});
export type JobTrends = z.infer<typeof JobTrends>;
