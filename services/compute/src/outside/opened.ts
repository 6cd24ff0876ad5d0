/** The client of this thread: one for each kind, as each kind has a thread of its own. Made when the first chunk asks for it. */
import { SETTINGS, type OutsidePlace, type SecretUse } from '@manyhands/proto/settings';
import { OutsideClient } from './client.ts';
import { HostBook } from './host-book.ts';
import { TallySender } from './tally.ts';

const clients = new Map<string, OutsideClient>();

/** `listed`: the places that are listed for this kind; unless given, those of the setting. */
export function outsideClient(kind: string, listed?: readonly OutsidePlace[]): OutsideClient {
  const present = clients.get(kind);
  if (present !== undefined) return present;
  const tally = new TallySender(kind);
  const hosts = new HostBook((_from, to) => tally.breaker(to === 'open', hosts.open));
  const places = listed ?? SETTINGS.MANYHANDS_OUTSIDE_ALLOW.read.parse(process.env['MANYHANDS_OUTSIDE_ALLOW'] ?? '');
  const client = new OutsideClient({ places, hosts, ended: (fate) => tally.ended(fate) });
  clients.set(kind, client);
  return client;
}

export function secretUses(): readonly SecretUse[] {
  const text = process.env['MANYHANDS_HTTP_SECRETS'] ?? '';
  if (read?.text !== text) read = { text, uses: SETTINGS.MANYHANDS_HTTP_SECRETS.read.parse(text) };
  return read.uses;
}
let read: { text: string; uses: readonly SecretUse[] } | undefined;
