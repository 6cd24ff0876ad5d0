/** Sends one item, and makes a line of the answer. Loaded when the first item comes: a thread of another kind needs none of it. */
import { isUtf8 } from 'node:buffer';
import { ComputeRefused, type Context } from '@manyhands/worker/task';
import type { OutsideAnswer, OutsideClient } from '../../outside/client.ts';
import { readExactJson } from '../../outside/exact-json.ts';
import { outsideClient, secretUses } from '../../outside/opened.ts';
import { throwIfAgain, throwIfRefused } from '../../outside/outcome.ts';
import { paceKey } from '../../outside/pace-key.ts';
import { isJson, isText, readText } from '../../outside/text.ts';
import { type HttpParams, requestOf } from './request.ts';

export type HttpLine = { status: number; body: unknown } | { status: number; body_base64: string };

/** Leaves room for what JSON adds: a line has 512 KiB at most. */
const ANSWER_BYTES_MAX = 256 * 1024;
const REDIRECTS_MAX = 5;
const TIMEOUT_SEC = 30;

export async function sendItem(
  item: unknown,
  { params, index, jobId, signal, secret, pace }: Context<HttpParams>,
  client: OutsideClient = outsideClient('http'),
  uses = secretUses(),
): Promise<HttpLine> {
  const { per_second: perSec, timeout_sec: timeoutSec = TIMEOUT_SEC } = params;
  const answer = await client.send({
    owner: jobId,
    ...requestOf(params, { item, index, jobId, uses, secret }),
    timeoutMs: timeoutSec * 1_000,
    bytesMax: ANSWER_BYTES_MAX,
    redirectsMax: REDIRECTS_MAX,
    signal,
    ...(perSec !== undefined && { approve: ({ host }: URL) => pace(paceKey(host, perSec), { perSec }) }),
  });
  throwIfAgain(answer, Date.now());
  throwIfRefused(answer);
  if (answer.isCut)
    throw new ComputeRefused(
      `${answer.url.host} answered with more than ${ANSWER_BYTES_MAX / 1_024} KiB; a line has no room for more`,
    );
  return lineOf(answer);
}

function lineOf({ status, headers, body }: OutsideAnswer): HttpLine {
  const type = headers['content-type'] ?? '';
  if (body.length === 0) return { status, body: null };
  // An answer that does not state its type may be anything.
  if (!isText(type) || (type.trim() === '' && !isUtf8(body))) return { status, body_base64: body.toString('base64') };
  const text = readText(body, type);
  if (!isJson(type)) return { status, body: text };
  try {
    return { status, body: readExactJson(text) };
  } catch {
    return { status, body: text };
  }
}
