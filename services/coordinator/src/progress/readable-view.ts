import { decodeCarrying, ifReadable, JobView } from '@manyhands/proto';

/** The stored view, its result unread; undefined where another release wrote it so that this one cannot read it. */
export function readableView(value: Uint8Array): JobView | undefined {
  return ifReadable(() => decodeCarrying(JobView, value, 'result'));
}
