/** Finds the leases of a job that are still in WORK, for an activation that is rebuilt. See `job/recover.ts`. */
import type { Recall } from '@manyhands/actor';
import { readStored } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { ComputeLease, decode, isManyhandsError, workSubjects } from '@manyhands/proto';
import type { RecalledJob } from '../job/job.actor.ts';

/** `lost`: jobs whose leases are known to have left WORK without an answer; each is reported once. */
export function createLeaseRecall(broker: Broker, lost: Set<string>): Recall {
  return {
    async recall(jobId): Promise<RecalledJob> {
      const stored = await readStored(broker, 'work', workSubjects.ofJob(jobId));
      return { leases: stored.flatMap(({ data }) => readableLease(data)), ...(lost.delete(jobId) && { lost: true as const }) };
    },
  };
}

/** A lease of a release that wrote them differently is none of ours: its chunks are planned again. */
function readableLease(data: Uint8Array): ComputeLease[] {
  try {
    return [decode(ComputeLease, data)];
  } catch (error) {
    if (isManyhandsError(error, 'undecodable')) return [];
    throw error;
  }
}
