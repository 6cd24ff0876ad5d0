/** A key for each identity, and the configuration by which a server knows them: what the product ships, with keys of one test. */
import { newNkey, type Nkey } from '@manyhands/nats';
import { IDENTITIES, renderAuthorization, type Identity } from '@manyhands/proto/identities';

export interface NatsIdentities {
  /** By identity. */
  seeds: Readonly<Record<Identity, string>>;
  /** For `extraConfig` of `startNatsServer`. */
  config: string;
}

export function createIdentities(): NatsIdentities {
  const made = IDENTITIES.map((identity): [Identity, Nkey] => [identity, newNkey()]);
  const by = (part: keyof Nkey) =>
    Object.fromEntries(made.map(([identity, key]) => [identity, key[part]])) as Record<Identity, string>;
  return { seeds: by('seed'), config: renderAuthorization(by('publicKey')) };
}
