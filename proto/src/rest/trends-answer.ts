/** What `GET /v1/history/trends` answers. */
import { z } from 'zod';
import { JobTrends } from '../messages/job-trends.ts';

export const HistoryTrends = JobTrends.omit({ v: true, type: true }).extend({
  by: z.literal('day'),
  from: z.iso.datetime().describe('The period that was asked for: jobs submitted at this time or later.'),
  to: z.iso.datetime().describe('And before this time.'),
});
