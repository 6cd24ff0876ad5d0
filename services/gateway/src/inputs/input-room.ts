/**
 * Whether there is room for an input, so that the results of accepted jobs still find some: inputs are refused at `ROOM_SHARE` of stream ARTIFACTS.
 */
import { fillingOf } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { ROOM_SHARE } from '@manyhands/proto';
import { Problem, unavailable } from '../edge/problem.ts';

const retrySec = 30;
const settings = 'raise MANYHANDS_STORAGE_GB';

/** `coming`: bytes that are known to come. Throws 413 when they never fit, 503 while they do not. */
export async function demandRoom(broker: Broker, coming: number): Promise<void> {
  const { bytes, maxBytes } = await fillingOf(broker, 'artifacts');
  if (maxBytes < 0) return;
  const room = maxBytes * ROOM_SHARE;
  if (coming > room)
    throw new Problem(
      413,
      `The input has ${megabytes(coming)} MB, and all inputs together may have ${megabytes(room)} MB here; send less, or ${settings}.`,
    );
  if (bytes + coming > room)
    throw unavailable(
      `There is no room for this input: stream ARTIFACTS holds ${megabytes(bytes)} of ${megabytes(maxBytes)} MB, and the rest is kept for the results of jobs. Delete inputs that are not needed, wait until old jobs are removed, or ${settings}.`,
      retrySec,
    );
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0);
}
