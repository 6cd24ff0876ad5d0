/** How large what a run leaves may be, by the limits that users can meet. Not imported by threads, which load nothing but kinds. */
import { limits } from '@manyhands/proto';
import type { SlotBounds } from './slot-messages.ts';

export const SLOT_BOUNDS: SlotBounds = {
  partial: { bytesMax: limits.storedPartialBytesMax, depthMax: limits.jsonDepthMax },
  inlinePartialBytesMax: limits.inlinePartialBytesMax,
  lineBytesMax: limits.partBytesMax,
  inlineLinesBytesMax: limits.inlineLinesBytesMax,
  spanLinesBytesMax: limits.linesRunBytesMax,
};
