/** Sends the event of a webhook. Loaded when the first one comes: a thread of another kind needs none of it. */
import type { WebhookEvent } from '@manyhands/proto';
import { ComputeRefused, type Context, RetryLater } from '@manyhands/worker/task';
import type { OutsideClient } from '../../outside/client.ts';
import { outsideClient, secretUses } from '../../outside/opened.ts';
import { throwIfAgain, throwIfRefused } from '../../outside/outcome.ts';
import { demandUse } from '../../outside/secret-use.ts';
import { signatureOf } from './signature.ts';

export interface WebhookParams {
  url: string;
  event: WebhookEvent | Record<string, unknown>;
  secret?: string;
}

/** What the receiver answered. */
export interface WebhookAnswer {
  status: number;
  /** The run that it was received in, from 1. */
  attempt: number;
}

/** As receivers of webhooks are given by those who send them. */
const TIMEOUT_MS = 15_000;
/** Of the answer, whose first words are shown where it is an error. */
const ANSWER_BYTES_MAX = 16 * 1024;
const WAIT_MS_FIRST = 10_000;

export async function callWebhook(
  { params, jobId, attempt, signal, secret }: Context<WebhookParams>,
  client: OutsideClient = outsideClient('webhook'),
  uses = secretUses(),
): Promise<WebhookAnswer> {
  const { url, event, secret: name } = params;
  const body = JSON.stringify(event);
  const sentAtSec = Math.floor(Date.now() / 1_000);
  if (name !== undefined) demandUse(name, url, uses);
  try {
    const answer = await client.send({
      url,
      method: 'POST',
      headers: {
        accept: '*/*',
        'content-type': 'application/json',
        'user-agent': 'manyhands',
        'webhook-id': jobId,
        'webhook-timestamp': String(sentAtSec),
        ...(name !== undefined && { 'webhook-signature': signatureOf(secret(name), jobId, sentAtSec, body) }),
      },
      body,
      timeoutMs: TIMEOUT_MS,
      bytesMax: ANSWER_BYTES_MAX,
      redirectsMax: 0,
      signal,
    });
    throwIfAgain(answer, Date.now());
    throwIfRefused(answer);
    return { status: answer.status, attempt };
  } catch (error) {
    if (signal.aborted || error instanceof ComputeRefused || error instanceof RetryLater) throw error;
    throw new RetryLater(error instanceof Error ? error.message : String(error), waitMs(attempt));
  }
}

/** After run `attempt`, twice as long each time: ten runs take an hour and a half. */
export function waitMs(attempt: number): number {
  return WAIT_MS_FIRST * 2 ** (attempt - 1);
}
