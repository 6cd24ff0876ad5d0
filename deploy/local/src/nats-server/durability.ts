/**
 * Finds out whether a NATS server writes to disk before it acknowledges, which is what makes an accepted job survive a power loss.
 *
 * Invariant: it never promises what it has not seen. Seen is the configuration we wrote ourselves, or what each server states of itself on
 * its monitoring address: `/varz`, field `jetstream.config.sync_always` (nats-server 2.15 leaves it out when it is off, and shows the
 * `sync_interval` of two minutes in either case).
 */
import { withoutSecrets } from '@manyhands/proto/settings';

export type Durability = { promised: true } | { promised: false; why: string };

const answerWithinMs = 2_000;

/** Of the configuration file a server of ours was started with. */
export function durabilityOfConfig(text: string): Durability {
  return /^[ \t]*sync_interval: always$/m.test(text)
    ? { promised: true }
    : notPromised('its configuration has no "sync_interval: always"');
}

/** Of what a server answers to `/varz`. */
export function durabilityOfVarz(varz: unknown): Durability {
  const { jetstream } = (varz ?? {}) as { jetstream?: { config?: { sync_always?: unknown } } };
  return jetstream?.config?.sync_always === true ? { promised: true } : notPromised('it runs without "sync_interval: always"');
}

/** Asks servers that are not ours. `monitors` are their monitoring addresses, comma separated. */
export async function askDurability(monitors: string | undefined): Promise<Durability> {
  const addresses = (monitors ?? '')
    .split(',')
    .map((address) => address.trim())
    .filter(Boolean);
  if (addresses.length === 0)
    return notPromised(
      'NATS_URL names a server that was started elsewhere, and MANYHANDS_NATS_MONITOR, its monitoring address, is not set',
    );
  for (const address of addresses) {
    const durability = await fetch(new URL('/varz', address), { signal: AbortSignal.timeout(answerWithinMs) })
      .then(async (answer) => durabilityOfVarz(await answer.json()))
      .catch(() => notPromised('it does not answer'));
    if (!durability.promised) return notPromised(`${withoutSecrets(address)}: ${durability.why}`);
  }
  return { promised: true };
}

export function durabilitySentence(durability: Durability): string {
  if (durability.promised) return 'Durable: what NATS acknowledges is on disk (sync_interval: always).';
  return `Durability not promised: ${durability.why}. A power loss can lose accepted jobs.`;
}

function notPromised(why: string): { promised: false; why: string } {
  return { promised: false, why };
}
