/**
 * Users that never stop: each submits a job through some gateway, follows it to its end over server-sent events and by polling, and
 * submits the next.
 *
 * Invariant: what was not accepted is submitted again under the same `Idempotency-Key`, through any gateway, so it is one job however often it
 * was stored. Of what was accepted some is submitted again one to five times, at once and after its end, so also to another gateway and to a
 * server that was restarted meanwhile. What was accepted is followed until it ends, whichever gateways die.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { isFinal, scheduledJobId, type JobView } from '@manyhands/proto';
import { readEvents } from '../../../sdk/src/event-reader.ts';
import { Random } from '../../simulation/random.ts';
import type { History, Sight } from '../history.ts';
import type { KnownJob } from './known-jobs.ts';

export interface LoadSetting {
  seed: number;
  clients: number;
  gateways: readonly string[];
  history: History;
  /** Asked before each job. */
  goOn(): boolean;
  order(random: Random): KnownJob;
  /** How many of the jobs are cancelled on their way. */
  cancelShare?: number;
  endWithinMs: number;
  /** Puts the accepted job's submit into its mailbox once more. */
  repeat(jobId: string): Promise<string>;
}

const answerWithinMs = 15_000;
const pollMs = 700;
const retryMs = 150;
const cancelShareDefault = 0.08;
const repeatShare = 0.3;
const repeatsMax = 5;

export async function load(setting: LoadSetting): Promise<void> {
  await Promise.all(
    Array.from({ length: setting.clients }, (_, index) => actAsClient(setting, new Random(setting.seed + 100 + index))),
  );
}

async function actAsClient(setting: LoadSetting, random: Random): Promise<void> {
  while (setting.goOn()) {
    const order = setting.order(random);
    const key = `chaos-${setting.seed}-${random.whole(0, 2 ** 48)}`;
    const jobId = await submit(setting, random, order, key);
    if (random.chance(repeatShare)) setting.history.add({ what: 'repeated', job: jobId, outcome: await setting.repeat(jobId) });
    const repeats = random.chance(repeatShare) ? random.whole(1, repeatsMax) : 0;
    const atOnce = random.whole(0, repeats);
    for (let repeat = 0; repeat < atOnce; repeat += 1) await submitAgain(setting, random, order, key, jobId);
    await followToEnd(setting, random, jobId);
    for (let repeat = atOnce; repeat < repeats; repeat += 1) await submitAgain(setting, random, order, key, jobId);
  }
}

/** Repeats under the same key until a gateway accepts it. */
export async function submit(
  { gateways, history }: Pick<LoadSetting, 'gateways' | 'history'>,
  random: Random,
  order: KnownJob,
  key: string,
): Promise<string> {
  const startedAt = performance.now();
  for (;;) {
    const through = random.one(gateways);
    const answer = await post(through, order, key);
    if ('job' in answer) {
      const { kind, chunks, expected } = order;
      history.add({
        what: 'submitted',
        job: answer.job,
        through,
        kind,
        chunks,
        expected,
        afterMs: Math.round(performance.now() - startedAt),
      });
      return answer.job;
    }
    history.add({ what: 'refused', through, why: answer.why });
    await wait(retryMs);
  }
}

/** What a client does that never heard its answer: it must be told the same job. */
async function submitAgain(
  { gateways, history }: LoadSetting,
  random: Random,
  order: KnownJob,
  key: string,
  job: string,
): Promise<void> {
  const answer = await post(random.one(gateways), order, key);
  history.add({
    what: 'repeated',
    job,
    outcome: 'why' in answer ? answer.why : answer.job === job ? 'same' : `another job: ${answer.job}`,
  });
}

async function post(
  through: string,
  { kind, params, chunks, runAt }: KnownJob,
  key: string,
): Promise<{ job: string } | { why: string }> {
  try {
    const answer = await fetch(`${through}/v1/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ kind, params, chunks, ...(runAt !== undefined && { run_at: runAt }) }),
      signal: AbortSignal.timeout(answerWithinMs),
    });
    if (answer.status !== 202 && answer.status !== 200) return { why: `${answer.status} ${await answer.text()}` };
    const accepted = (await answer.json()) as { job_id: string; schedule_id: string };
    return { job: runAt === undefined ? accepted.job_id : scheduledJobId(accepted.schedule_id, 'once', Date.parse(runAt)) };
  } catch (error) {
    return { why: error instanceof Error ? `${error.message} ${String(error.cause ?? '')}` : String(error) };
  }
}

async function followToEnd(setting: LoadSetting, random: Random, jobId: string): Promise<void> {
  const { history, endWithinMs, cancelShare = cancelShareDefault } = setting;
  const startedAt = performance.now();
  const ended = new AbortController();
  const over = AbortSignal.any([ended.signal, AbortSignal.timeout(endWithinMs)]);
  if (random.chance(cancelShare)) void cancel(setting, random, jobId, over);
  await Promise.all([
    followEvents(setting, random, jobId, over).finally(() => ended.abort()),
    poll(setting, random, jobId, over).finally(() => ended.abort()),
  ]);
  const elapsedMs = Math.round(performance.now() - startedAt);
  if (elapsedMs >= endWithinMs) history.add({ what: 'overdue', job: jobId, afterMs: elapsedMs });
}

/** One event stream with its resumptions on whichever gateway is up: to the user, one stream. */
async function followEvents({ gateways, history }: LoadSetting, random: Random, jobId: string, over: AbortSignal): Promise<void> {
  let lastId: string | undefined;
  while (!over.aborted) {
    try {
      const answer = await fetch(`${random.one(gateways)}/v1/jobs/${jobId}/events`, {
        headers: lastId === undefined ? {} : { 'last-event-id': lastId },
        signal: over,
      });
      if (answer.status === 204) return;
      if (answer.status !== 200 || answer.body === null) throw new Error(`${answer.status}`);
      for await (const event of readEvents(answer.body)) {
        lastId = event.id ?? lastId;
        if (event.event === 'done') return;
        const view = JSON.parse(event.data) as JobView;
        history.add({ what: 'seen', client: 'events', revision: Number(event.id), ...sightOf(view) });
      }
    } catch {
      await wait(retryMs);
    }
  }
}

async function poll({ gateways, history }: LoadSetting, random: Random, jobId: string, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await wait(pollMs, undefined, { signal: over }).catch(() => undefined);
    if (over.aborted) return;
    const through = random.one(gateways);
    try {
      const answer = await fetch(`${through}/v1/jobs/${jobId}`, {
        signal: AbortSignal.any([over, AbortSignal.timeout(answerWithinMs)]),
      });
      if (answer.status !== 200) continue;
      const view = (await answer.json()) as JobView;
      history.add({ what: 'seen', client: `polls of ${through}`, ...sightOf(view) });
      if (isFinal(view.status)) return;
    } catch {
      // The gateway is away; the next poll asks another.
    }
  }
}

/** Repeats until a gateway has accepted it. */
async function cancel({ gateways, history }: LoadSetting, random: Random, jobId: string, over: AbortSignal): Promise<void> {
  await wait(random.whole(50, 600));
  // Whether accepted or lost on the way back, from here on the end may be a cancelled one.
  history.add({ what: 'cancelled', job: jobId });
  while (!over.aborted) {
    const status = await fetch(`${random.one(gateways)}/v1/jobs/${jobId}`, { method: 'DELETE', signal: over }).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 204) return;
    await wait(retryMs);
  }
}

export function sightOf(view: JobView): Sight {
  const { job_id, status, progress, completed_chunks, failed_chunks, total_chunks } = view;
  return { job: job_id, status, progress, completed: completed_chunks, failed: failed_chunks, total: total_chunks };
}
