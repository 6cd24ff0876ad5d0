/** Bounds small enough for a test to reach. */
import type { SlotBounds } from './slot-messages.ts';

export function aSlotBounds(bytesMax = 1_000, depthMax = 500): SlotBounds {
  return {
    partial: { bytesMax, depthMax },
    inlinePartialBytesMax: bytesMax / 2,
    lineBytesMax: bytesMax,
    inlineLinesBytesMax: bytesMax / 2,
    spanLinesBytesMax: bytesMax * 2,
  };
}
