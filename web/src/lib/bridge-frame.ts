/** Reads a frame of the bridge: a head of JSON on the first line, then the value's bytes as they lie in KV. See proto's `bridge.ts`. */
import type { BridgeHead } from '@manyhands/proto';

export interface BridgeFrame {
  head: BridgeHead;
  /** The value's text; empty when the key is gone. */
  value: string;
}

/** The frame in `text`, or null when it is none: an unreadable frame is dropped, the next state replaces it anyway. */
export function readFrame(text: string): BridgeFrame | null {
  const lineEnd = text.indexOf('\n');
  const first = lineEnd < 0 ? text : text.slice(0, lineEnd);
  try {
    const head = JSON.parse(first) as Partial<BridgeHead> | null;
    if (typeof head?.topic !== 'string') return null;
    return {
      head: { topic: head.topic, key: head.key ?? '', revision: head.revision ?? 0 },
      value: lineEnd < 0 ? '' : text.slice(lineEnd + 1),
    };
  } catch {
    return null;
  }
}

/** The job id in a key `<tenant>.<job>`; a bare id is its own. */
export function jobIdOf(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1);
}
