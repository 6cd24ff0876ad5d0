/** The manifest of a job's lines: NDJSON of segments, in the order of the chunks, read as it comes. Pure but for the reading. */
import { ResultSegment } from '@manyhands/proto';
import { linesOf, wholeLines } from './whole-lines.ts';

/** Throws for a segment that is none, and for one that is out of order. */
export async function* segmentsOf(manifest: AsyncIterable<Uint8Array>): AsyncGenerator<ResultSegment, void> {
  let end = 0;
  for await (const lines of wholeLines(manifest, 0)) {
    for (const line of linesOf(lines)) {
      const segment = ResultSegment.parse(JSON.parse(line.toString()));
      if (segment.begin < end)
        throw new Error(
          `Invariant: segments are in order; one of [${segment.begin}, ${segment.end}) follows what ends at ${end}`,
        );
      end = segment.end;
      yield segment;
    }
  }
}
