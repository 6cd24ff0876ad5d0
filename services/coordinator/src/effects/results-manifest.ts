/**
 * Step finish: states which lines of a job are where, before users see that it is over.
 *
 *   manifest stored, in parts ──▶ record in bucket `artifacts` ──▶ (the caller stores the final view)
 *
 * Invariant: the record is written last and names a manifest that is whole, so a reader sees all lines of a round or none. Doing it again writes another manifest of
 * the same lines; the one that is named no more leaves with its job. An owner that is behind never writes over the record of a later round.
 */
import { newNonce, putResultsRecord, storeObject } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import type { ResultSegment } from '@manyhands/proto';
import { bytesOf, type HeldPartial } from '../job/held.ts';
import type { JobState } from '../job/state.ts';

/** Lines of a manifest that are written at a time. */
const LINES_TOGETHER = 500;

/** Throws as `storeObject`: `unavailable` while ARTIFACTS is full. */
export async function publishResults(broker: Broker, jobs: readonly JobState[]): Promise<void> {
  for (const { submit, round, done, partials } of jobs) {
    const { tenant, job_id: owner } = submit;
    const name = `results-${round}-${newNonce()}`;
    const bytes = await storeObject(broker, { tenant, owner, name }, manifestOf(partials));
    await putResultsRecord(broker, {
      v: 1,
      type: 'ResultsRecord',
      job_id: owner,
      tenant,
      round,
      chunks: done.size,
      bytes: bytesOf(partials),
      manifest: { name, from: 0, bytes },
    });
  }
}

/** NDJSON of `ResultSegment`, in pieces. */
function* manifestOf(held: readonly HeldPartial[]): Generator<Uint8Array, void> {
  for (let from = 0; from < held.length; from += LINES_TOGETHER) {
    const lines = held.slice(from, from + LINES_TOGETHER).map((one) => `${JSON.stringify(segmentOf(one))}\n`);
    yield new TextEncoder().encode(lines.join(''));
  }
}

function segmentOf({ span, text, stored }: HeldPartial): ResultSegment {
  const [begin, end] = span!;
  return { begin, end, ...(text !== undefined && { text }), ...(stored && { stored }) };
}
