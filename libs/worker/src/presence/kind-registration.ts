/** Makes known what this worker can compute: writes bucket kinds, only where it states something else or nothing. */
import { BUCKETS, encode, type KindRegistration, keys } from '@manyhands/proto';
import { openBucket } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import type { KindCard } from '../slot/slot-messages.ts';

export function registrationOf(card: KindCard): KindRegistration {
  return {
    v: 1,
    type: 'KindRegistration',
    kind: card.name,
    title: card.title,
    description: card.description,
    params_schema: card.params as KindRegistration['params_schema'],
    example: card.example as KindRegistration['example'],
    default_chunks: card.chunks,
  };
}

/** Returns the kinds it had to write. */
export async function registerKinds(broker: Broker, cards: readonly KindCard[]): Promise<string[]> {
  const bucket = await openBucket(broker, 'kinds' satisfies keyof typeof BUCKETS);
  const written: string[] = [];
  for (const card of cards) {
    const wanted = encode(registrationOf(card));
    const present = await bucket.get(keys.kind(card.name));
    if (present?.value && Buffer.from(present.value).equals(wanted)) continue;
    await bucket.put(keys.kind(card.name), wanted);
    written.push(card.name);
  }
  return written;
}
