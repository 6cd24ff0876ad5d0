/** A run of bytes in stream ARTIFACTS: where it is, and what its parts are called. Pure, but for the nonce. */
import { randomBytes } from 'node:crypto';
import { artifactSubjects, INPUT_OBJECT } from '@manyhands/proto';

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
