/**
 * Frames as they are sent to clients that take `permessage-deflate` (RFC 7692): compressed, where they are large.
 *
 * Invariant: a frame is compressed once for all its clients, so none refers to a frame before it (`server_no_context_takeover`).
 */
import { constants, deflateRawSync } from 'node:zlib';
import type { Batch } from '../fan-out/channel.ts';
import { frameOf, payloadOf } from './bridge-frame.ts';

/** Of a smaller frame little is saved; of a larger one it would hold up all others for milliseconds. */
const BYTES_MIN = 192;
const BYTES_MAX = 256 * 1_024;
/** A text in one piece, compressed (RSV1). */
const PACKED_TEXT = 0xc1;
/** Of a stream that was flushed: the frame is sent without it. */
const FLUSHED = 4;

const packedFrames = new WeakMap<Buffer, Buffer>();
const packedBatches = new WeakMap<Batch, Buffer>();

export function packedBatch(batch: Batch): Buffer {
  let bytes = packedBatches.get(batch);
  if (bytes === undefined) {
    const frames = batch.states.map((state) => packedFrame(state.bytes));
    const isSame = frames.every((frame, at) => frame === batch.states[at]!.bytes);
    bytes = isSame ? batch.bytes : Buffer.concat(frames);
    packedBatches.set(batch, bytes);
  }
  return bytes;
}

/** The frame itself where nothing is saved. */
export function packedFrame(frame: Buffer): Buffer {
  if (frame.length < BYTES_MIN || frame.length > BYTES_MAX) return frame;
  let packed = packedFrames.get(frame);
  if (packed === undefined) {
    const payload = payloadOf(frame);
    const deflated = deflateRawSync(payload, { level: 3, finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -FLUSHED);
    packed = deflated.length < payload.length ? frameOf(PACKED_TEXT, deflated) : frame;
    packedFrames.set(frame, packed);
  }
  return packed;
}
