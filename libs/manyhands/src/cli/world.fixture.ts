/** A world for tests: what is printed is kept, and the API is answered by functions. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
// Loaded here, so that no test waits for it.
import './commands/get.ts';
import './commands/ls.ts';
import './commands/map.ts';
import './commands/results.ts';
import './commands/run.ts';
import './commands/share.ts';
import './commands/watch.ts';
import './commands/why.ts';
import { main } from './main.ts';
import type { World } from './world.ts';

/** Answers by `METHOD /path`; an array is answered in turn. What is missing is answered with 404. */
export type Answers = Record<string, Answer>;
type Answer =
  | ((request: {
      url: URL;
      body: unknown;
      headers: Headers;
      signal: AbortSignal | undefined;
      content: BodyInit | undefined;
    }) => Response | Promise<Response>)
  | object;

export interface Ran {
  code: number;
  out: string;
  err: string;
}

export interface TryOptions {
  answers?: Answers;
  env?: Record<string, string>;
  stdin?: string | Readable;
  /** Both outputs are terminals. */
  tty?: boolean;
  columns?: number;
  interrupt?: AbortSignal;
  cwd?: string;
}

const config = mkdtempSync(join(tmpdir(), 'manyhands-cli-'));

export async function run(args: string[], options: TryOptions = {}): Promise<Ran> {
  const printed = { out: '', err: '' };
  const output = (name: 'out' | 'err') => ({
    isTTY: options.tty ?? false,
    columns: options.columns ?? 80,
    write: (text: string | Uint8Array) => {
      printed[name] += typeof text === 'string' ? text : Buffer.from(text).toString();
      return true;
    },
    once: () => undefined,
    // As `readline` uses them.
    on: () => undefined,
    removeListener: () => undefined,
  });
  const world: World = {
    env: { XDG_CONFIG_HOME: config, MANYHANDS_URL: 'http://gateway', ...options.env },
    cwd: options.cwd ?? config,
    stdin: Object.assign(inputOf(options.stdin), { isTTY: options.tty ?? false }),
    stdout: output('out'),
    stderr: output('err'),
    fetch: (input, init) => answer(options.answers ?? {}, input as string | URL, init),
    interrupt: options.interrupt ?? new AbortController().signal,
    release: () => undefined,
  };
  return { code: await main(args, world), ...printed };
}

function inputOf(stdin: string | Readable = ''): Readable {
  return typeof stdin === 'string' ? Readable.from(stdin === '' ? [] : [Buffer.from(stdin)], { objectMode: false }) : stdin;
}

async function answer(answers: Answers, input: string | URL, init: RequestInit | undefined): Promise<Response> {
  init?.signal?.throwIfAborted();
  const url = new URL(input);
  const given = answers[`${init?.method ?? 'GET'} ${url.pathname}`] ?? answerOfJob(answers, url);
  if (given === undefined) return json(404, { detail: `there is nothing at ${url.pathname}` });
  const text = typeof init?.body === 'string' ? init.body : '';
  const body: unknown = text.startsWith('{') ? JSON.parse(text) : text;
  return typeof given === 'function'
    ? ((await given({
        url,
        body,
        headers: new Headers(init?.headers),
        signal: init?.signal ?? undefined,
        content: init?.body ?? undefined,
      })) as Response)
    : json(200, given);
}

/** As the API: the answer of a job that is over is what its view states, unless it is stored. */
function answerOfJob(answers: Answers, { pathname }: URL): Answer | undefined {
  const view = pathname.endsWith('/result') ? answers[`GET ${pathname.slice(0, -'/result'.length)}`] : undefined;
  const { result, stored } = (view ?? {}) as { result?: unknown; stored?: unknown };
  return result === undefined || stored !== undefined ? undefined : () => json(200, result as object);
}

export function json(status: number, body: object, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
}

/** Views of a job as server-sent events; without `done` the stream stays open. */
export function events(views: object[], { open = false } = {}): (request?: { signal: AbortSignal | undefined }) => Response {
  return ({ signal } = { signal: undefined }) => {
    const text = views.map((view, index) => `id: ${index + 1}\nevent: status\ndata: ${JSON.stringify(view)}\n\n`).join('');
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(open ? text : `${text}event: done\ndata: {}\n\n`));
        if (!open) controller.close();
        else signal?.addEventListener('abort', () => controller.error(signal.reason));
      },
    });
    return new Response(stream, { headers: { 'content-type': 'text/event-stream' } });
  };
}

export const jobId = '01a223b2-6025-77d0-9b48-a5c0d52fbb94';

export function viewOf(more: object = {}): { job_id: string } & Record<string, unknown> {
  return {
    job_id: jobId,
    kind: 'pi',
    params: {},
    priority: 'normal',
    status: 'completed',
    progress: 1,
    completed_chunks: 8,
    failed_chunks: 0,
    total_chunks: 8,
    detail: null,
    error: null,
    created_at: '2026-11-28T19:00:00.000Z',
    started_at: '2026-11-28T19:00:00.000Z',
    finished_at: '2026-11-28T19:00:02.000Z',
    duration_sec: 2,
    rate: 4,
    eta_sec: null,
    duplicate_results: 0,
    retries: 0,
    chunks: { done: [], leased: [], failed: [], coarse: false },
    workers: {},
    result: { pi: 3.14 },
    ...more,
  };
}

export const kinds = {
  kinds: [
    {
      kind: 'pi',
      title: 'Pi',
      description: 'Throws darts.',
      params_schema: { type: 'object', properties: { throws: { type: 'integer' } }, additionalProperties: false },
      example: { throws: 1000 },
      default_chunks: 8,
      live_workers: 1,
    },
  ],
};
