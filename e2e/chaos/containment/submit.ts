/** Submits an order over REST, again and again until some gateway accepts it. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Table } from './meddle.ts';
import type { Order } from './ways.ts';

const retryMs = 250;

/** The id of the job. */
export async function submitOrder(
  { gateways, history, random }: Table,
  { kind, params, chunks, goesOn, attempts }: Order,
): Promise<string> {
  const body = JSON.stringify({
    kind,
    params,
    chunks,
    ...(goesOn && { on_dead_chunk: 'continue' }),
    ...(attempts !== undefined && { max_attempts: attempts }),
  });
  for (;;) {
    const answer = await fetch(`${random.one(gateways)}/v1/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(15_000),
    }).catch(() => undefined);
    const text = await answer?.text();
    if (answer?.status === 202) return (JSON.parse(text!) as { job_id: string }).job_id;
    history.add({ what: 'refused', status: answer?.status ?? 0, why: text ?? 'no answer' });
    if (answer?.status === 400 || answer?.status === 422) throw new Error(`${kind}: ${text}`);
    await wait(retryMs);
  }
}
