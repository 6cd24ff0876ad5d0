/**
 * The dead chunks of a job as lines, `{"index","item","error","attempts"}`, in the order of the items. Pure but for the reading.
 *
 * A line is about an item: a dead chunk that is a batch of records has a line for each of them, so that each item of a job is in its results or
 * in its failures, once. `item` is left out where a chunk is no item (a part of a file, or a number), and where the input is not stored any more.
 */
import type { DeadChunk, InputRef } from '@manyhands/proto';
import { itemsOf, type LineRange } from './result-lines.ts';

/** The JSON of an item; undefined where there is none. */
export type ItemAt = (index: number) => Promise<Buffer | undefined>;

/** `letters`: in the order of their chunks. */
export async function* failureLines(
  letters: AsyncIterable<DeadChunk>,
  input: InputRef | undefined,
  itemAt: ItemAt,
  { from, limit }: LineRange,
): AsyncGenerator<Buffer, void> {
  let left = limit;
  for await (const { begin, end, error, runs } of letters) {
    const items = itemsOf(input, begin, end);
    const { code, message } = error;
    const rest = `"error":${JSON.stringify({ code, message })},"attempts":${runs.at(-1)?.run ?? 1}}\n`;
    for (let index = Math.max(items.from, from); index < items.to; index += 1) {
      if (left <= 0) return;
      left -= 1;
      const item = await itemAt(index);
      yield item === undefined
        ? Buffer.from(`{"index":${index},${rest}`)
        : Buffer.concat([Buffer.from(`{"index":${index},"item":`), item, Buffer.from(`,${rest}`)]);
    }
  }
}
