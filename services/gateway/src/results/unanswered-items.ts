/**
 * The items of a job without a line, in their order, of a job whose chunks are its items: those whose chunk is dead, with its error, and those that were not computed before
 * the job ended. Pure but for the reading.
 */
import type { DeadChunk } from '@manyhands/proto';
import type { ItemAt } from './failure-lines.ts';

export interface UnansweredItem {
  index: number;
  /** Its JSON; undefined where the input is not stored any more. */
  item: Buffer | undefined;
  /** Undefined: it was not computed. */
  error: Pick<DeadChunk['error'], 'code' | 'message'> | undefined;
}

/** `answered` and `letters`: in the order of their chunks. */
export async function* unansweredItems(
  answered: AsyncIterable<{ begin: number; end: number }>,
  letters: AsyncIterable<DeadChunk>,
  total: number,
  itemAt: ItemAt,
): AsyncGenerator<UnansweredItem, void> {
  const dead = letters[Symbol.asyncIterator]();
  let letter: DeadChunk | undefined;
  let hasMore = true;
  try {
    for await (const [begin, end] of gapsOf(answered, total))
      for (let index = begin; index < end; index += 1) {
        while (hasMore && (letter === undefined || letter.end <= index)) {
          const next = await dead.next();
          hasMore = next.done !== true;
          letter = next.done === true ? undefined : next.value;
        }
        const isDead = letter !== undefined && letter.begin <= index && index < letter.end;
        yield { index, item: await itemAt(index), error: isDead ? letter!.error : undefined };
      }
  } finally {
    await dead.return?.();
  }
}

async function* gapsOf(
  answered: AsyncIterable<{ begin: number; end: number }>,
  total: number,
): AsyncGenerator<[number, number], void> {
  let next = 0;
  for await (const { begin, end } of answered) {
    if (begin > next) yield [next, begin];
    next = Math.max(next, end);
  }
  if (next < total) yield [next, total];
}
