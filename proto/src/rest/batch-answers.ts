/** What the routes of files and batches answer: the shapes of OpenAI's API, as its libraries read them. */
import { z } from 'zod';

const Seconds = z.int().min(0).describe('Seconds since 1970.');
const Time = Seconds.nullable();

const File = z.object({
  id: z.string(),
  object: z.literal('file'),
  bytes: z.int().min(0),
  created_at: Seconds,
  filename: z.string(),
  purpose: z.enum(['batch', 'batch_output']),
  status: z.literal('processed'),
});

const BATCH_STATUSES = [
  'validating',
  'failed',
  'in_progress',
  'finalizing',
  'completed',
  'expired',
  'cancelling',
  'cancelled',
] as const;

const Batch = z.object({
  id: z.string(),
  object: z.literal('batch'),
  endpoint: z.string(),
  errors: z
    .object({
      object: z.literal('list'),
      data: z.array(z.object({ code: z.string(), message: z.string(), param: z.null(), line: z.null() })),
    })
    .nullable(),
  input_file_id: z.string(),
  completion_window: z.string(),
  status: z.enum(BATCH_STATUSES),
  output_file_id: z.string().nullable().describe('Of the answers, once it is over; null where there are none.'),
  error_file_id: z.string().nullable().describe('Of the requests without an answer, once it is over; null where there are none.'),
  created_at: Seconds,
  in_progress_at: Time,
  expires_at: Time,
  finalizing_at: Time,
  completed_at: Time,
  failed_at: Time,
  expired_at: Time,
  cancelling_at: Time,
  cancelled_at: Time,
  request_counts: z.object({ total: z.int().min(0), completed: z.int().min(0), failed: z.int().min(0) }),
  metadata: z.record(z.string(), z.string()).nullable(),
});

const pageOf = <Entry extends z.ZodType>(entry: Entry) =>
  z.object({
    object: z.literal('list'),
    data: z.array(entry),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
    has_more: z.boolean(),
  });

export const BATCH_ANSWERS = {
  OpenAiFile: File,
  OpenAiFilePage: pageOf(File),
  OpenAiFileDeleted: z.object({ id: z.string(), object: z.literal('file'), deleted: z.literal(true) }),
  OpenAiBatch: Batch,
  OpenAiBatchPage: pageOf(Batch),
  OpenAiError: z.object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable().describe('The field that is wrong.'),
      code: z.string().nullable(),
    }),
  }),
} as const;
