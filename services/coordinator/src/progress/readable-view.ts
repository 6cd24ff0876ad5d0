import { decodeCarrying, isManyhandsError, JobView } from '@manyhands/proto';

/** The stored view, its result unread; undefined where another release wrote it so that this one cannot read it. */
export function readableView(value: Uint8Array): JobView | undefined {
  try {
    return decodeCarrying(JobView, value, 'result');
  } catch (error) {
    if (isManyhandsError(error, 'undecodable')) return undefined;
    throw error;
  }
}
