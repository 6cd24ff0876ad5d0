/** The frames of the bridge's language (`proto/src/messages/bridge.ts`), each in one piece and ready for any client's connection. */
import { encode, withoutField, type BridgeCommand, type BridgeHead } from '@manyhands/proto';
import type { Written } from '../fan-out/channels.ts';
import { briefView, changesOf, followedView } from './job-changes.ts';
import { shownToUsers } from './worker-shown.ts';
import type { FeedEntry } from '../../mirror/feed-entry.ts';

const newline = Buffer.from('\n');
const nothing = new Uint8Array();
const toText = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const toBytes = (text: string): Uint8Array => new TextEncoder().encode(text);
/** A text in one piece. */
const TEXT = 0x81;

/** How a topic is written: its entries, and after them that all are there. `key` is what the client asked for. */
export function framesOf(topic: BridgeCommand['topic'], key: string): Written {
  return { encode: stateFrame(topic), ready: bridgeFrame({ topic: 'ready', key, revision: 0 }) };
}

/** Workers as users see them who are no administrators (`worker-shown.ts`). */
export function framesOfUsers(key: string): Written {
  return {
    ...framesOf('workers', key),
    encode: ({ key: worker, revision, value }) =>
      bridgeFrame({ topic: 'workers', key: worker, revision }, value && shownToUsers(value)),
  };
}

/** Jobs as rows of a list show them. */
export function framesOfRows(key: string): Written {
  return {
    ...framesOf('jobs', key),
    encode: ({ key: job, revision, value }) => bridgeFrame({ topic: 'jobs', key: job, revision }, value && rowOf(value)),
  };
}

/** A job in small frames; in `brief` ones there is nothing but what changed. */
export function framesOfChanges(key: string, { brief = false } = {}): Written {
  const viewOf = brief ? briefView : followedView;
  return {
    ...framesOf('job', key),
    encode: ({ key: job, revision, value }) =>
      bridgeFrame({ topic: 'job', key: job, revision }, value && toBytes(viewOf(toText(value)))),
    part: (before, { bytes, entry }) => {
      const changes = changesOf(valueIn(before.bytes), valueIn(bytes));
      if (changes === undefined || entry === undefined) return undefined;
      const { key: job, revision } = entry;
      return bridgeFrame({ topic: 'changes', ...(!brief && { key: job, revision }) }, toBytes(changes));
    },
  };
}

function valueIn(frame: Buffer): string {
  const payload = payloadOf(frame);
  return toText(payload.subarray(payload.indexOf(newline) + newline.length));
}

/** Cut out of the text: what is left, a result above all, stays as it was written. */
function rowOf(view: Uint8Array): Uint8Array {
  return toBytes(withoutField(withoutField(toText(view), 'chunks').rest, 'timing').rest);
}

/** The value's bytes are those of the bucket. */
export function stateFrame(topic: BridgeCommand['topic']): (entry: FeedEntry) => Buffer {
  return ({ key, revision, value }) => bridgeFrame({ topic, key, revision }, value);
}

/** Lines of a log, or pages of leases: `key` is what the client asked for. */
export function tailFrames(topic: 'logs' | 'leases', key: string): Written {
  return {
    encode: ({ revision, value }) => bridgeFrame({ topic, key, revision }, value),
    ready: bridgeFrame({ topic: 'ready', key, revision: 0 }),
  };
}

export function bridgeFrame(head: Pick<BridgeHead, 'topic'> & Partial<BridgeHead>, value: Uint8Array = nothing): Buffer {
  return textFrame(encode(head), newline, value);
}

/**
 * A WebSocket text frame as a server sends it (RFC 6455 §5.2: final, unmasked). Made here and not by `ws`, because `ws` would create it
 * again for each client.
 */
export function textFrame(...parts: readonly Uint8Array[]): Buffer {
  return frameOf(TEXT, ...parts);
}

/** What stands in a frame. */
export function payloadOf(frame: Buffer): Buffer {
  return frame.subarray(frame[1]! < 126 ? 2 : frame[1] === 126 ? 4 : 10);
}

/** `first`: its first byte, which states what it is. */
export function frameOf(first: number, ...parts: readonly Uint8Array[]): Buffer {
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  const head = Buffer.from(
    bytes < 126 ? [first, bytes] : bytes < 65_536 ? [first, 126, 0, 0] : [first, 127, 0, 0, 0, 0, 0, 0, 0, 0],
  );
  if (head.length === 4) head.writeUInt16BE(bytes, 2);
  else if (head.length === 10) head.writeBigUInt64BE(BigInt(bytes), 2);
  return Buffer.concat([head, ...parts]);
}
