/** Whom to notify when a job is over: an address that a job of the kind `webhook` sends the event to (`webhook-job.ts`). */
import { z } from 'zod';
import { limits } from '../limits.ts';

/** How a job can end. */
export const JOB_ENDS = ['completed', 'failed', 'cancelled'] as const;
export type JobEnd = (typeof JOB_ENDS)[number];

export const Notify = z.object({
  /** `https://…` or `http://…`, without a user name. Its workers decide whether they may reach it. */
  url: z
    .string()
    .max(limits.notifyUrlCharsMax)
    .refine(isWebAddress, 'must be an address like https://hooks.example/jobs, without a user name'),
  /** Of which ends; absent: of each. */
  on: z.array(z.enum(JOB_ENDS)).min(1).max(JOB_ENDS.length).optional(),
  /** Name of the variable of the worker that the event is signed with; absent: it is not signed. */
  secret: z
    .string()
    .regex(/^[A-Za-z_]\w{0,99}$/)
    .optional(),
});
export type Notify = z.infer<typeof Notify>;

function isWebAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}
