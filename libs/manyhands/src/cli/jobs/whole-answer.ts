/** Reads a long answer to its end, or states that it was cut off. */
import { CommandEnd, EXIT } from '../exit.ts';

/** The pieces of a long answer. Throws a sentence where it is cut off: what came is a part of it. `again`: the command that reads it once more. */
export async function* toItsEnd(
  pieces: AsyncIterable<Uint8Array>,
  interrupt: AbortSignal,
  again: string,
): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces;
  } catch (error) {
    interrupt.throwIfAborted();
    throw new CommandEnd(
      EXIT.noAnswer,
      `The answer was cut off before its end (${(error as Error).message}): what came is a part of it. Read it again: ${again}`,
    );
  }
}
