/** The line that a user may paste into a shell to try an API key. Pure. */
import type { Scope } from '@manyhands/proto';
import type { KnownKind } from '../api.ts';

/** One that starts a small job and waits for its answer where the key may, else one that lists jobs. */
export function curlLine(origin: string, key: string, scopes: readonly Scope[], kinds: readonly KnownKind[]): string {
  const head = (path: string) => `curl -s ${quoted(origin + path)} -H ${quoted(`authorization: Bearer ${key}`)}`;
  const plain = kinds.filter((each) => each.input === undefined);
  const kind = plain.find((each) => each.kind === 'primes') ?? plain[0];
  if (!scopes.includes('write') || kind === undefined) return head('/v1/jobs?limit=5');
  const body = JSON.stringify({ kind: kind.kind, params: kind.example, chunks: kind.default_chunks });
  return `${head('/v1/jobs?wait=30s')} -H 'content-type: application/json' -d ${quoted(body)}`;
}

/** As one word of a shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
