/**
 * Reads the lines of a job as they come, and goes on where it was cut off.
 *
 *   asking ──200──▶ reading ──end──▶ ended          asking ──4xx──▶ thrown
 *      ▲                └──cut off──┐        └── no answer, 5xx, 429 ──┐
 *      └────────── waiting ◀────────┴──────────────────────────────────┘ ──too often without a line──▶ thrown
 *
 * Invariant: lines come in the order of their items, and none twice: each request asks for what follows the last one.
 */
import { ApiProblem } from './api-problem.ts';
import { readJsonLines } from './json-lines.ts';
import { unanswered } from './request.ts';
import { pause, type RetrySettings } from './retry.ts';

export interface LineRange {
  /** Only lines of this item and later ones. */
  from?: number | undefined;
  /** Lines at most. */
  limit?: number | undefined;
}

export async function* jobLines<Line extends { index: number }>(
  open: (range: LineRange) => Promise<Response>,
  range: LineRange,
  { retryMs, retryMsMax, triesMax }: RetrySettings,
  signal: AbortSignal | undefined,
): AsyncGenerator<Line, void> {
  let { from = 0, limit = Infinity } = range;
  for (let tries = 0; limit > 0; tries += 1) {
    try {
      const { body } = await open({ from: from === 0 ? undefined : from, limit: limit === Infinity ? undefined : limit });
      for await (const lines of readJsonLines(body ?? new ReadableStream<Uint8Array>())) {
        for (const line of lines as Line[]) {
          from = line.index + 1;
          limit -= 1;
          tries = 0;
          yield line;
        }
      }
      return;
    } catch (error) {
      const problem =
        error instanceof SyntaxError ? new ApiProblem(200, error.message, { fromApi: false }) : unanswered(error, signal);
      if (!problem.retryable || tries >= triesMax) throw problem;
      await pause(Math.min(retryMs * 2 ** tries, retryMsMax), signal);
    }
  }
}
