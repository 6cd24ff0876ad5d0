/**
 * Sends one request of a batch to the model server, and makes a line of the answer. Loaded when the first item comes: a thread of another kind needs none of it.
 *
 * Invariant: neither the address nor the key of the server is in a line or an error.
 */
import { EXPIRED_SENTENCE, lineId, type LlmLine, type LlmParams, type LlmRequest } from '@manyhands/proto';
import { ComputeRefused, type Context, RetryLater } from '@manyhands/worker/task';
import { readRetryAfter, readStatus } from '../../outside/reading.ts';
import { modelServer, type ModelServer } from './model-server.ts';
import { answerOf, refusalOf } from './model-answer.ts';
import { tokensAsked, tokensUsed } from './token-count.ts';
import { TURNS_PER_SEC } from './token-ledger.ts';

const TIMEOUT_MS = 300_000;
/** Leaves room for what a line has beside it. */
const ANSWER_BYTES_MAX = 480 * 1024;
/** Turns that one request asks for at once. */
const TURNS_AT_ONCE = 20;

export async function askModel(
  request: LlmRequest,
  context: Context<LlmParams>,
  server: ModelServer = modelServer(),
): Promise<LlmLine> {
  const { jobId, index, params } = context;
  const { ledger } = server;
  if (params.endpoint !== undefined && request.url !== params.endpoint)
    throw new ComputeRefused(`the request is for ${request.url}, and its batch for ${params.endpoint}`);
  const asked = tokensAsked(request.body);
  const taken = ledger?.take(asked);
  await turnOf(server, taken?.turns ?? 0, context);
  taken?.had();
  if (params.until !== undefined && Date.now() > Date.parse(params.until)) {
    ledger?.settle(asked, 0);
    throw new ComputeRefused(EXPIRED_SENTENCE);
  }
  const { status, headers, body, isCut } = await send(request, context, server);
  const reading = readStatus(status);
  const answer = answerOf(body, headers['content-type']);
  // What was refused took nothing.
  ledger?.settle(asked, reading === 'done' ? (tokensUsed(answer) ?? asked) : 0);
  if (isCut && reading === 'done')
    throw new ComputeRefused(
      `the answer of the model server is longer than ${ANSWER_BYTES_MAX / 1_024} KiB; a line has no room for more, so ask for less at once`,
    );
  if (reading === 'done') {
    if (answer === undefined) throw new ComputeRefused('the model server answered with something that is not JSON');
    return {
      id: lineId(jobId, index),
      custom_id: request.custom_id,
      response: { status_code: status, request_id: headers['x-request-id'] ?? '', body: answer },
      error: null,
    };
  }
  const sentence = refusalOf(status, answer, body, server.base);
  const afterMs = readRetryAfter(headers['retry-after'], Date.now());
  if (reading !== 'again') throw new ComputeRefused(sentence);
  throw afterMs === undefined ? new Error(sentence) : new RetryLater(sentence, afterMs);
}

/** Resolves when the request may be sent. */
async function turnOf(server: ModelServer, tokenTurns: number, { pace }: Context<LlmParams>): Promise<void> {
  const { requestsPerMin, mark } = server;
  if (requestsPerMin !== undefined) await pace(`llm requests ${mark}`, { perSec: requestsPerMin / 60 });
  for (let left = tokenTurns; left > 0; left -= TURNS_AT_ONCE)
    await Promise.all(
      Array.from({ length: Math.min(left, TURNS_AT_ONCE) }, () => pace(`llm tokens ${mark}`, { perSec: TURNS_PER_SEC })),
    );
}

async function send(
  { url, body }: LlmRequest,
  { jobId, index, signal, secret }: Context<LlmParams>,
  { client, base, keyName }: ModelServer,
): ReturnType<ModelServer['client']['send']> {
  try {
    return await client.send({
      url: `${base}${url.slice('/v1'.length)}`,
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        'user-agent': 'manyhands',
        'idempotency-key': `${jobId}/${index}`,
        ...(keyName !== undefined && { authorization: `Bearer ${secret(keyName)}` }),
      },
      body: JSON.stringify(body),
      timeoutMs: TIMEOUT_MS,
      bytesMax: ANSWER_BYTES_MAX,
      redirectsMax: 0,
      signal,
    });
  } catch (error) {
    throw withoutAddress(error, new URL(base).hostname);
  }
}

/** As the system writes it into errors of connections, also where the server was named by a name. */
const ADDRESS = /(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f]{0,4}(?::[\da-f]{0,4}){2,7})(?::\d{1,5})?(?![\w:])/gi;

/** The same error, in which the server has neither a name nor an address. */
function withoutAddress(error: unknown, hostname: string): unknown {
  if (!(error instanceof Error)) return error;
  const name = new RegExp(`(?<![\\w.-])${hostname.replace(/[.[\]]/g, String.raw`\$&`)}(?::\\d{1,5})?(?![\\w-])`, 'gi');
  const message = error.message.replace(name, 'the model server').replace(ADDRESS, 'its address');
  if (error instanceof RetryLater) return new RetryLater(message, error.afterMs);
  if (error instanceof ComputeRefused) return new ComputeRefused(message);
  return error.name === 'Error' ? new Error(message) : error;
}
