/** What `GET /v1/kinds/{id}/estimate` answers. */
import { z } from 'zod';

const seconds = z.number().min(0);

export const KindEstimate = z.object({
  jobs: z.int().min(0).describe('From how many completed jobs like it this is. 0: there is none, so nothing is estimated.'),
  slots: z.int().min(0).describe('Live slots that compute the kind now.'),
  sec: seconds
    .nullable()
    .describe('About how long it takes on these slots, while no other job uses them. Null: there is no such job, or no slot.'),
  least_sec: seconds.nullable().describe('One of ten jobs like it was quicker than this would be.'),
  most_sec: seconds.nullable().describe('One of ten took longer.'),
  work_sec: seconds.nullable().describe('What all slots together are busy with it.'),
});
