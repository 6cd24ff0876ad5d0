/** The request for one item. Pure. */
import { ComputeRefused } from '@manyhands/worker/task';
import type { SecretUse } from '@manyhands/proto/settings';
import { isJson } from '../../outside/text.ts';
import { demandUse } from '../../outside/secret-use.ts';
import { fillAddress, fillBody, fillHeader } from './template.ts';

export const METHODS = ['POST', 'GET', 'PUT', 'PATCH', 'DELETE', 'HEAD'] as const;

export interface HttpParams {
  url: string;
  method?: (typeof METHODS)[number];
  headers?: Record<string, string>;
  body?: string;
  per_second?: number;
  timeout_sec?: number;
}

export interface ItemRequest {
  url: string;
  method: string;
  headers: Record<string, string>;
  body?: string;
}

interface ItemFacts {
  item: unknown;
  index: number;
  jobId: string;
  /** Which secrets may be sent, and where. */
  uses: readonly SecretUse[];
  secret(name: string): string;
}

/** What the client and the connection decide. */
const OWN = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'expect',
  'te',
  'trailer',
  'idempotency-key',
]);
const BODILESS = new Set(['GET', 'HEAD']);

export function requestOf(
  { url: template, method = 'POST', headers: asked = {}, body }: HttpParams,
  facts: ItemFacts,
): ItemRequest {
  const { item, index, jobId } = facts;
  const known = { item, index, job: jobId };
  const url = fillAddress(template, known);
  const headers: Record<string, string> = {
    accept: 'application/json, text/*;q=0.9, */*;q=0.5',
    'user-agent': 'manyhands',
    'idempotency-key': `${jobId}/${index}`,
  };
  const secret = (name: string): string => {
    demandUse(name, url, facts.uses);
    return facts.secret(name);
  };
  for (const [name, value] of Object.entries(asked)) {
    const lower = name.toLowerCase();
    if (!/^[!#$%&'*+.^_`|~\da-z-]{1,100}$/.test(lower))
      throw new ComputeRefused(`"${name.slice(0, 100)}" is no name of a header`);
    if (OWN.has(lower) || lower.startsWith('proxy-')) throw new ComputeRefused(`the header ${lower} is not for a job to set`);
    headers[lower] = fillHeader(value, { ...known, secret });
  }
  if (BODILESS.has(method)) return { url, method, headers };
  headers['content-type'] ??= 'application/json';
  const type = headers['content-type'];
  const sent = body === undefined || body === '' ? wholeItem(item, type) : fillBody(body, known, isJson(type));
  return { url, method, headers, body: sent };
}

function wholeItem(item: unknown, type: string): string {
  return typeof item === 'string' && !isJson(type) ? item : JSON.stringify(item);
}
