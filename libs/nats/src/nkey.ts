/** Makes keys by which clients sign in. */
import { nkeys } from '@nats-io/transport-node';

export interface Nkey {
  /** For the client alone. */
  seed: string;
  /** For the configuration of the server. */
  publicKey: string;
}

export function newNkey(): Nkey {
  const user = nkeys.createUser();
  return { seed: new TextDecoder().decode(user.getSeed()), publicKey: user.getPublicKey() };
}

/** Throws when the text is no seed. */
export function publicKeyOf(seed: string): string {
  return nkeys.fromSeed(new TextEncoder().encode(seed)).getPublicKey();
}
