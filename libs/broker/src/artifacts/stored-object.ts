/** A run of bytes in stream ARTIFACTS: where it is, what its parts are called, and how it is cut into them. Pure, but for the nonce. */
import { randomBytes } from 'node:crypto';
import { artifactSubjects, INPUT_OBJECT, limits } from '@manyhands/proto';

/** `owner`: an input's or a job's id. */
export interface StoredObject {
  tenant: string;
  owner: string;
  name: string;
}

export function inputObject(tenant: string, inputId: string): StoredObject {
  return { tenant, owner: inputId, name: INPUT_OBJECT };
}

export function isInput({ name }: StoredObject): boolean {
  return name === INPUT_OBJECT;
}

/**
 * What makes the name of an object new: each run of a lease writes under one of its own, since two runs may return different bytes, and the parts of one must
 * not mix with those of another. Safe in a subject and in `StoredRef`.
 */
export function newNonce(): string {
  return randomBytes(12).toString('base64url');
}

export function partSubject({ tenant, owner, name }: StoredObject, part: number): string {
  return artifactSubjects.part(tenant, owner, name, part);
}

/** Parts as a `StoredRef` needs them: views of what came wherever a part lies within it; copies only over its borders. */
export async function* cutParts(bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let begun: Uint8Array[] = [];
  let begunBytes = 0;
  for await (const piece of bytes) {
    let from = 0;
    while (begunBytes + piece.length - from >= limits.partBytesMax) {
      const to = from + limits.partBytesMax - begunBytes;
      const rest = piece.subarray(from, to);
      yield begun.length === 0 ? rest : Buffer.concat([...begun, rest]);
      begun = [];
      begunBytes = 0;
      from = to;
    }
    if (from === piece.length) continue;
    begun.push(piece.subarray(from));
    begunBytes += piece.length - from;
  }
  if (begun.length > 0) yield begun.length === 1 ? begun[0]! : Buffer.concat(begun);
}
