/** What leases read and leave in stream ARTIFACTS, over a broker. */
import { getInputRecord, inputObject, readPart, readWhole, storeObject } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import type { Logger } from '@manyhands/observe';
import { InputParts } from './input-parts.ts';
import { LeaseInputs } from './lease-inputs.ts';
import { PartStore } from './part-store.ts';

export function inputsOver(broker: Broker): LeaseInputs {
  const parts = new InputParts({
    record: (tenant, input) => getInputRecord(broker, tenant, input),
    part: (tenant, input, part) => readPart(broker, inputObject(tenant, input), part),
  });
  return new LeaseInputs({
    parts,
    readStored: (tenant, owner, { name, from, bytes }) => readWhole(broker, { tenant, owner, name }, { from, bytes }),
  });
}

export function partsOver(broker: Broker, log: Logger): PartStore {
  return new PartStore(({ tenant, job_id: owner }, name, bytes) => storeObject(broker, { tenant, owner, name }, bytes), log);
}
