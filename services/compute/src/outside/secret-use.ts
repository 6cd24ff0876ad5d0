/** Whether a job may use a secret of the worker for what it sends to an address. Pure. */
import { ComputeRefused } from '@manyhands/worker/task';
import type { SecretUse } from '@manyhands/proto/settings';
import { isHost } from './target.ts';

/** Invariant: a secret is used for the host that the operator names, and for no other. */
export function demandUse(name: string, url: string, uses: readonly SecretUse[]): void {
  const host =
    URL.parse(url)
      ?.hostname.replace(/^\[(.*)\]$/, '$1')
      .replace(/\.$/, '') ?? '';
  const own = uses.filter((use) => use.name === name);
  if (own.length === 0)
    throw new ComputeRefused(
      `jobs may not use the secret ${name}; the worker's operator can list it in MANYHANDS_HTTP_SECRETS, as ${name}@${host}`,
    );
  if (!own.some((use) => isHost(host, use.host)))
    throw new ComputeRefused(`the secret ${name} may not be sent to ${host}; it is for ${own.map((use) => use.host).join(', ')}`);
}
