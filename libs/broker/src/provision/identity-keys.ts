/**
 * The keys by which processes sign in at NATS, a file for each identity, and what a server must know of them.
 *
 * Invariant: a key that is there stays, so what was given one goes on after an update; a file is readable by its owner alone, and whole or not there.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newNkey, publicKeyOf } from '@manyhands/nats';
import { ManyhandsError } from '@manyhands/proto';
import { IDENTITIES, type Identity } from '@manyhands/proto/identities';

export interface IdentityKeys {
  /** Path of the file with the seed. */
  readonly files: Readonly<Record<Identity, string>>;
  /** For the configuration of the server (`renderAuthorization`). */
  readonly publicKeys: Readonly<Record<Identity, string>>;
}

/** Makes the folder and the keys that are missing, all in it or each in that of `folderOf`. Throws `bad_request` when a file holds something else. */
export function keepIdentityKeys(folder: string, folderOf: (identity: Identity) => string = () => folder): IdentityKeys {
  for (const path of [folder, ...IDENTITIES.map(folderOf)]) mkdirSync(path, { recursive: true, mode: 0o700 });
  const by = <T>(of: (identity: Identity) => T) =>
    Object.fromEntries(IDENTITIES.map((identity) => [identity, of(identity)])) as Record<Identity, T>;
  const files = by((identity) => join(folderOf(identity), `${identity}.nkey`));
  return { files, publicKeys: by((identity) => publicKeyIn(files[identity])) };
}

function publicKeyIn(file: string): string {
  if (!existsSync(file)) {
    writeFileSync(`${file}.new`, `${newNkey().seed}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  chmodSync(file, 0o600);
  try {
    return publicKeyOf(readFileSync(file, 'utf8').trim());
  } catch (cause) {
    throw new ManyhandsError(
      'bad_request',
      `${file} holds no key of NATS: put the right one there, or remove the file, and a new one is made`,
      { cause },
    );
  }
}
