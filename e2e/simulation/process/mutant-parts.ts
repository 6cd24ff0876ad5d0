/** How a worker stores what is too large for a result, or what a mutant makes of it. */
import { storeObject } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import type { Logger } from '@manyhands/observe';
import { partsOver } from '../../../libs/worker/src/lease/artifact-access.ts';
import { PartStore } from '../../../libs/worker/src/lease/part-store.ts';
import type { Mutant } from '../mutant.ts';

export function partsAs(mutant: Mutant | undefined, client: Broker, log: Logger): PartStore {
  switch (mutant) {
    case 'no nonce':
      return new NamelessParts(client, log);
    case 'results before parts':
      return new HastyParts(client, log);
    default:
      return partsOver(client, log);
  }
}

/** The same name for each run of a lease. */
class NamelessParts extends PartStore {
  readonly #client: Broker;

  constructor(client: Broker, log: Logger) {
    super(() => Promise.resolve(), log);
    this.#client = client;
  }

  override async store(...[{ tenant, job_id: owner, lease }, bytes, signal]: Parameters<PartStore['store']>) {
    const name = `o-${lease}`;
    const ref = { name, from: 0, bytes: bytes.length };
    for (;;) {
      if (signal.aborted) return { is: 'stopped' as const };
      try {
        await storeObject(this.#client, { tenant, owner, name }, bytes);
        return { is: 'stored' as const, ref };
      } catch {
        await new Promise((resume) => setTimeout(resume, 250));
      }
    }
  }
}

/** Reports as stored what is on its way. */
class HastyParts extends PartStore {
  readonly #client: Broker;

  constructor(client: Broker, log: Logger) {
    super(() => Promise.resolve(), log);
    this.#client = client;
  }

  override async store(...[{ tenant, job_id: owner, lease }, bytes]: Parameters<PartStore['store']>) {
    const name = `o-${lease}-${Math.random().toString(36).slice(2)}`;
    void storeObject(this.#client, { tenant, owner, name }, bytes).catch(() => undefined);
    return { is: 'stored' as const, ref: { name, from: 0, bytes: bytes.length } };
  }
}
