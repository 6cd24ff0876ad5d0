/**
 * Reads stored objects from stream ARTIFACTS.
 *
 * Parts are written once, so any replica may answer; only one that has not received a part yet cannot, and then the leader is asked.
 */
import type { Broker } from '@manyhands/nats';
import { limits, ManyhandsError } from '@manyhands/proto';
import { storedOnce } from '../bound.ts';
import { isInput, partSubject, type StoredObject } from './stored-object.ts';

/** Asked for before the reader wants them: 2 MiB. */
const PARTS_AHEAD = 4;

/**
 * One part. Its bytes may be a view of what the connection received: copy before you transfer them. Throws `input_lost` (of an input) or `not_found` when it is not
 * stored any more, `unavailable` when the server stays away.
 */
export async function readPart(broker: Broker, object: StoredObject, part: number): Promise<Uint8Array> {
  const data = await storedOnce(broker, 'artifacts', partSubject(object, part));
  if (data === undefined) throw lost(object, part);
  return data;
}

/** All parts of an input, `count` of them, in order. Throws as `readPart`. */
export function readParts(broker: Broker, object: StoredObject, count: number): AsyncGenerator<Uint8Array, void, void> {
  return ahead(0, count, (part) => readPart(broker, object, part));
}

/**
 * The bytes `[from, from + bytes)` of an object that was written by `storeObject`, in pieces. A few parts are asked for ahead, and no more until the reader
 * takes them. Throws as `readPart`.
 */
export async function* readObject(
  broker: Broker,
  object: StoredObject,
  { from, bytes }: { from: number; bytes: number },
): AsyncGenerator<Uint8Array, void, void> {
  if (bytes === 0) return;
  const size = limits.partBytesMax;
  const end = from + bytes;
  let part = Math.floor(from / size);
  for await (const data of ahead(part, Math.ceil(end / size), (index) => readPart(broker, object, index))) {
    const wantedTo = Math.min(end - part * size, size);
    if (data.length < wantedTo) throw lost(object, part);
    yield data.subarray(Math.max(0, from - part * size), wantedTo);
    part += 1;
  }
}

/** The same in one piece of its own, for what is small. */
export async function readWhole(
  broker: Broker,
  object: StoredObject,
  { from, bytes }: { from: number; bytes: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for await (const piece of readObject(broker, object, { from, bytes })) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

async function* ahead<T>(begin: number, end: number, read: (index: number) => Promise<T>): AsyncGenerator<T, void, void> {
  const asked: Promise<T>[] = [];
  let next = begin;
  for (let index = begin; index < end; index += 1) {
    while (next < end && asked.length < PARTS_AHEAD) {
      const reading = read(next);
      // Its error is thrown when its turn comes; by then the reader may have left.
      reading.catch(() => undefined);
      asked.push(reading);
      next += 1;
    }
    yield await asked.shift()!;
  }
}

function lost(object: StoredObject, part: number): ManyhandsError {
  return isInput(object)
    ? new ManyhandsError('input_lost', `part ${part} of input ${object.owner} is no longer stored: upload it again`)
    : new ManyhandsError('not_found', `part ${part} of ${object.name} of job ${object.owner} is no longer stored`);
}
