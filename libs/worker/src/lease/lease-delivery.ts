/** Reads a lease from its delivery. */
import type { Delivery } from '@manyhands/nats';
import { ComputeLease, decode } from '@manyhands/proto';
import type { Logger } from '@manyhands/observe';

/** Workers of another release may be able to read what this one cannot; if none can, the lease is exhausted and a coordinator reclaims it. */
const UNREADABLE_AGAIN_MS = 1_000;

/** Undefined, and given back, when it cannot be read. */
export function readLease(delivery: Delivery, log: Logger): ComputeLease | undefined {
  try {
    return decode(ComputeLease, delivery.data);
  } catch (error) {
    log.error(
      { err: error, step: 'lease' },
      `a lease on ${delivery.subject} cannot be read by this worker; another worker receives it`,
    );
    delivery.nak(UNREADABLE_AGAIN_MS);
    return undefined;
  }
}
