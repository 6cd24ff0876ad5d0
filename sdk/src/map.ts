/**
 * A function over a list, and the whole of a job in one call.
 *
 *   items ──upload, while they are made──▶ input ──submit──▶ job ──followed──▶ over ──results and failures, side by side──▶ a line for each item, in order
 *
 * Invariant: a call makes one job at most: its key is made once, and with it the submission can be repeated. A call that is aborted leaves its job running.
 */
import type { JobView } from '@manyhands/proto';
import type { Client } from './client-calls.ts';
import { writeJsonLines } from './json-lines.ts';
import type { Content } from './request.ts';
import { persistently, type RetrySettings } from './retry.ts';
import type { Items, JobRequest, MapLine, MapOptions, RunResult } from './shapes.ts';
import { checkValue, kindOf, type TaskLike } from './typed-task.ts';

/** A job that ended without results: it failed, or was cancelled. */
export class JobFailed extends Error {
  override readonly name = 'JobFailed';
  /** The job as it ended. */
  readonly job: JobView;

  constructor(job: JobView) {
    super(`Job ${job.job_id} is ${job.status}: ${job.error?.message ?? job.detail ?? 'no reason is known'}`);
    this.job = job;
  }
}

export async function* mapItems<Output, Item>(
  client: Client,
  task: string | TaskLike,
  items: Items<Item>,
  params: object,
  { onView, signal, ...settings }: MapOptions,
  retry: RetrySettings,
): AsyncGenerator<MapLine<Output, Item>, void> {
  checkParams(task, params);
  const send = () => upload(client, task, items, signal);
  // A list can be sent again; what is made while it is sent cannot.
  const input = Array.isArray(items) ? await persistently(send, retry, signal) : await send();
  const job = await toItsEnd(client, { ...settings, kind: kindOf(task), params, input } as JobRequest, { onView, signal }, retry);
  yield* byItem<Output, Item>(client, job, signal);
}

export async function runTask<Answer>(
  client: Client,
  task: string | TaskLike,
  params: object,
  { onView, signal, ...settings }: MapOptions,
  retry: RetrySettings,
): Promise<RunResult<Answer>> {
  checkParams(task, params);
  const job = await toItsEnd(client, { ...settings, kind: kindOf(task), params } as JobRequest, { onView, signal }, retry);
  const result =
    job.stored === undefined ? job.result : await persistently(() => client.result(job.job_id, { signal }), retry, signal);
  return { result: result as Answer, job };
}

/** Returns the id of the input. */
async function upload<Item>(
  client: Client,
  task: string | TaskLike,
  items: Items<Item>,
  signal: AbortSignal | undefined,
): Promise<string> {
  const schema = typeof task === 'string' ? undefined : task.input?.schema;
  const source = new Source(schema === undefined ? items : checked(items, schema));
  try {
    return (await client.upload(await source.content(), { form: 'ndjson', kind: kindOf(task), signal })).input_id;
  } catch (error) {
    throw source.failure === undefined ? error : source.failure.error;
  }
}

function checkParams(task: string | TaskLike, params: object): void {
  if (typeof task !== 'string') checkValue(task.params, params, `the parameters of ${task.name}`);
}

/** Submits a job and follows it. Throws `JobFailed` for one that does not complete. */
async function toItsEnd(
  client: Client,
  request: JobRequest,
  { onView, signal }: Pick<MapOptions, 'onView' | 'signal'>,
  retry: RetrySettings,
): Promise<JobView> {
  const idempotencyKey = newKey();
  const { job_id: jobId } = await persistently(() => client.submit(request, { idempotencyKey, signal }), retry, signal);
  let last: JobView | undefined;
  for await (const view of client.watch(jobId, { ...(signal && { signal }) })) {
    last = view;
    onView?.(view);
  }
  last ??= await persistently(() => client.get(jobId, { signal }), retry, signal);
  if (last.status !== 'completed') throw new JobFailed(last);
  return last;
}

/** Each item once. One that is neither among the results nor among the failures (of very many, not all are listed) has failed as well. */
async function* byItem<Output, Item>(
  client: Client,
  { job_id: jobId, input, total_chunks: chunks, failed_chunks: failed }: JobView,
  signal: AbortSignal | undefined,
): AsyncGenerator<MapLine<Output, Item>, void> {
  const count = input?.by === 'record' ? input.records : chunks;
  const results = client.results<Output>(jobId, { signal });
  const failures = failed > 0 ? client.failures<Item>(jobId, { signal }) : undefined;
  try {
    let result = await results.next();
    let failure = await failures?.next();
    for (let index = 0; index < count; index += 1) {
      if (result.value?.index === index) {
        yield result.value;
        result = await results.next();
      } else if (failure?.value?.index === index) {
        yield failure.value;
        failure = await failures?.next();
      } else {
        yield { index, error: { code: 'unknown', message: 'It failed, and why is not stored.' } };
      }
    }
  } finally {
    await Promise.all([results.return(), failures?.return()]);
  }
}

async function* checked<Item>(items: Items<Item>, schema: unknown): AsyncGenerator<Item, void> {
  let index = 0;
  for await (const item of items) {
    checkValue(schema, item, `the values of item ${index}`);
    yield item;
    index += 1;
  }
}

/** The body of an upload, made from items as they come. Remembers what the items threw: `fetch` answers any failure of a body in the same way. */
class Source {
  failure: { error: unknown } | undefined;
  readonly #pieces: AsyncGenerator<Uint8Array, void>;

  constructor(items: Items<unknown>) {
    this.#pieces = writeJsonLines(items);
  }

  /** A stream where one can be sent; a browser sends one only over HTTP/2, so there it is gathered first. */
  async content(): Promise<Content> {
    if (sendsStreams()) return this.#stream();
    const pieces: BlobPart[] = [];
    for await (const piece of this.#watched()) pieces.push(piece as Uint8Array<ArrayBuffer>);
    return new Blob(pieces);
  }

  #stream(): ReadableStream<Uint8Array> {
    const pieces = this.#watched();
    return new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const { done, value } = await pieces.next();
          if (done === true) controller.close();
          else controller.enqueue(value);
        },
        cancel: () => void pieces.return(),
      },
      { highWaterMark: 0 },
    );
  }

  async *#watched(): AsyncGenerator<Uint8Array, void> {
    try {
      yield* this.#pieces;
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }
}

function sendsStreams(): boolean {
  const { process, Deno } = globalThis as { process?: { versions?: { node?: string } }; Deno?: unknown };
  return process?.versions?.node !== undefined || Deno !== undefined;
}

/** Not `randomUUID`: a page that was not opened over HTTPS has none. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
