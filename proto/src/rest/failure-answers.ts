/** What the REST API answers about dead letters of one cause. */
import { z } from 'zod';
import { JobId, KindName, Tenant } from '../ids.ts';
import { DeadChunk } from '../messages/dead-chunk.ts';

const times = {
  first_at: z.iso.datetime().describe('When the first of them died.'),
  last_at: z.iso.datetime().describe('When the newest of them died.'),
};

const FailureGroup = z.object({
  fingerprint: z
    .string()
    .describe(
      'Of the code, and of the message without addresses, quotes, ids and numbers. It stays the same while letters come and go.',
    ),
  code: z.string(),
  message: z.string().describe('What all messages share, with … for what differs.'),
  kinds: z.array(KindName).describe('Of its jobs: those with most letters, ten at most.'),
  letters: z.int().min(1),
  chunks: z.int().min(1),
  jobs: z.int().min(1),
  ...times,
  by_hour: z.array(z.int().min(0)).describe('How many died in each of the last 24 hours; the newest hour is the last.'),
  sample: DeadChunk.pick({ job_id: true, kind: true, begin: true, end: true, error: true, died_at: true })
    .extend({ id: z.string() })
    .describe('The newest letter. Its attempts are in `GET /v1/dead-letters`.'),
});

export const FAILURE_ANSWERS = {
  FailureGroups: z.object({
    groups: z.array(FailureGroup).describe('Those with most letters first.'),
    total: z.int().min(0).describe('How many groups fit.'),
    letters: z.int().min(0).describe('Dead letters that were looked at: the newest.'),
    complete: z
      .boolean()
      .describe('False: there are more letters than are looked at for one answer, so the oldest are left out.'),
  }),
  FailureGroupJobs: z.object({
    group: FailureGroup,
    up_to: z.string().describe('Names the newest letter of the group. Given to an action, it leaves alone what dies later.'),
    jobs: z
      .array(
        z.object({
          job_id: JobId,
          tenant: Tenant.optional().describe('Only of all tenants.'),
          kind: KindName,
          letters: z.int().min(1),
          chunks: z.int().min(1),
          spans: z
            .array(z.tuple([z.int().min(0), z.int().min(1)]))
            .describe('Which chunks, as spans [begin, end): the first 100.'),
          ...times,
          requeue: z
            .enum(['alone', 'with others', 'no'])
            .describe(
              '`alone`: these chunks may run again while the other dead chunks of the job stay dead. `with others`: the job would fail by the others, so all of them run again, or none. `no`: it cannot be requeued.',
            ),
          detail: z.string().nullable().describe('Why, as a sentence; null for `alone`.'),
        }),
      )
      .describe('Newest first.'),
    next_cursor: JobId.nullable(),
  }),
} as const;
