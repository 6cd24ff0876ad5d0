/** Which kind a name on the command line means: as the gateway resolves it, the newest version that a live worker computes. */
import type { Client, Kind } from '@manyhands/sdk';
import { usage } from '../exit.ts';

/** Throws a sentence that lists the kinds there are. */
export async function findKind(client: Pick<Client, 'kinds'>, name: string, signal?: AbortSignal): Promise<Kind> {
  const kinds = await client.kinds({ signal });
  const kind = chosenKind(kinds, name);
  if (kind) return kind;
  throw usage(
    kinds.length === 0
      ? `There is no kind "${name}", and no other: no worker has registered one. Start one with "npx manyhands dev" or "npx manyhands worker".`
      : `There is no kind "${name}". There are: ${kinds.map(({ kind: each }) => each).join(', ')}.`,
  );
}

/** Pure. */
export function chosenKind(kinds: readonly Kind[], name: string): Kind | undefined {
  const versions = kinds
    .filter(({ kind, version = 1 }) => kind === name || (version > 1 && kind === `${name}-v${version}`))
    .sort((a, b) => (b.version ?? 1) - (a.version ?? 1));
  return versions.find(({ live_workers: workers }) => workers > 0) ?? versions[0];
}
