/**
 * What kind `llm` and the routes of batches agree on: the shape of a line, and how what became of a request is written into the error of a dead chunk.
 *
 * A line is that of OpenAI's Batch API, so that what writes and reads those files works as it is.
 */
import { z } from 'zod';
import { limits } from './limits.ts';

/** The kind that computes batches. */
export const LLM_KIND = 'llm';

/** Addresses that a request may name, as those of OpenAI. */
export const LLM_ENDPOINTS = [
  '/v1/responses',
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/embeddings',
  '/v1/moderations',
] as const;
export type LlmEndpoint = (typeof LLM_ENDPOINTS)[number];

/** How long a batch may take, as it is asked for, and in milliseconds. */
export const COMPLETION_WINDOW = '24h';
export const COMPLETION_WINDOW_MS = 24 * 3_600_000;

/** One line of what is sent. */
export const LlmRequest = z.object({
  custom_id: z.string().min(1).max(limits.batchCustomIdCharsMax),
  method: z.literal('POST'),
  url: z.enum(LLM_ENDPOINTS),
  body: z
    .record(z.string(), z.unknown())
    .refine(({ stream }) => stream !== true, 'must not ask for a stream: a line has one answer'),
});
export type LlmRequest = z.infer<typeof LlmRequest>;

/** One line of what comes back: an answer, or why there is none. */
export interface LlmLine {
  id: string;
  custom_id: string | null;
  response: { status_code: number; request_id: string; body: unknown } | null;
  error: { code: string; message: string } | null;
}

/** The parameters of a job of kind `llm`. */
export interface LlmParams {
  /** Of a batch: the address that all its requests name. */
  endpoint?: LlmEndpoint;
  /** No request is sent after this time (ISO 8601). */
  until?: string;
  /** Names and values of the user, kept with the job. */
  metadata?: Record<string, string>;
}

export function lineId(jobId: string, index: number): string {
  return `batch_req_${jobId.replaceAll('-', '')}_${index}`;
}

/** The error of a request that could not be sent in time. */
export const EXPIRED_SENTENCE = 'The request was not sent, because the time for this batch was over.';

/** What a model server answered, where it was not what was asked for. */
export interface LlmRefusal {
  status: number;
  /** One word, as in `invalid_request_error`. */
  type: string | null;
  message: string;
}

/** As the error of a chunk. `readRefusal` reads it. */
export function refusalSentence({ status, type, message }: LlmRefusal): string {
  return `The model server answered ${status}${type === null ? '' : ` (${type})`}: ${message}`;
}

/** Of the error of a dead chunk, which also names the item. Undefined for any other error. */
export function readRefusal(sentence: string): LlmRefusal | undefined {
  const [, status, type, message] = /The model server answered (\d{3})(?: \(([\w.-]{1,64})\))?: ([^]*)$/.exec(sentence) ?? [];
  return status === undefined || message === undefined ? undefined : { status: Number(status), type: type ?? null, message };
}
