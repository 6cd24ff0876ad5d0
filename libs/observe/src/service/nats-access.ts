/** Reads the files that the settings about NATS name: who a process is to the server, and which certificates it believes. */
import { readFileSync } from 'node:fs';
import { WrongSettings, type SettingName, type Settings } from '@manyhands/proto/settings';

/** As `BrokerOptions.access` of `@manyhands/nats`. */
export interface NatsAccess {
  creds?: string;
  nkey?: string;
  ca?: string;
  cert?: string;
  key?: string;
  domain?: string;
}

const fileSettings = [
  ['MANYHANDS_NATS_CREDS', 'creds', '-----BEGIN NATS USER JWT-----'],
  ['MANYHANDS_NATS_CA', 'ca', '-----BEGIN CERTIFICATE-----'],
  ['MANYHANDS_NATS_CERT', 'cert', '-----BEGIN CERTIFICATE-----'],
  ['MANYHANDS_NATS_KEY', 'key', 'PRIVATE KEY-----'],
] as const;

/** Settings that it is made of. */
export const NATS_ACCESS_NAMES = [
  'MANYHANDS_NATS_CREDS',
  'MANYHANDS_NATS_CA',
  'MANYHANDS_NATS_CERT',
  'MANYHANDS_NATS_KEY',
  'MANYHANDS_NATS_NKEY',
  'MANYHANDS_NATS_DOMAIN',
] as const satisfies readonly SettingName[];

/** `who` begins the sentence. Throws `WrongSettings` when a file cannot be read or holds something else, or when two settings exclude each other. */
export function natsAccess(who: string, given: Settings<(typeof NATS_ACCESS_NAMES)[number]>): NatsAccess {
  const access: NatsAccess = {};
  for (const [name, field, mark] of fileSettings) {
    const path = given[name];
    if (path !== undefined) access[field] = textOf(who, name, path, mark);
  }
  const { MANYHANDS_NATS_NKEY: nkey, MANYHANDS_NATS_DOMAIN: domain } = given;
  if (nkey !== undefined && access.creds !== undefined)
    throw wrong(
      who,
      'MANYHANDS_NATS_CREDS and MANYHANDS_NATS_NKEY are both set: a process signs in by one of them. Unset the other',
    );
  if ((access.cert === undefined) !== (access.key === undefined))
    throw wrong(who, 'MANYHANDS_NATS_CERT and MANYHANDS_NATS_KEY belong together: set both, or none');
  return { ...access, ...(nkey !== undefined && { nkey }), ...(domain !== undefined && { domain }) };
}

function textOf(who: string, name: string, path: string, mark: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw wrong(who, `${name} must be the path of a file that can be read (it is ${JSON.stringify(path)}: ${code ?? 'no file'})`);
  }
  if (!text.includes(mark)) throw wrong(who, `${name} must name a file that holds "${mark}" (it is ${JSON.stringify(path)})`);
  return text;
}

function wrong(who: string, what: string): WrongSettings {
  return new WrongSettings(`${who} cannot start: ${what}.`);
}
