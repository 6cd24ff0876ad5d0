/** Reads the dead letters of one round of a job in the order of their chunks: the stream has them in the order in which they died. */
import { lastStored, storedSubjects } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { DeadChunk, deadSubjects, decode, ifReadable } from '@manyhands/proto';

/** Letters that are asked for at once. */
const LETTERS_AHEAD = 32;

/** One of another release, and one that is discarded meanwhile, are left out. */
export async function* deadChunks(broker: Broker, tenant: string, jobId: string, round: number): AsyncGenerator<DeadChunk, void> {
  const { subjects } = await storedSubjects(broker, 'dead', deadSubjects.chunksOfRound(tenant, jobId, round));
  const sorted = subjects.sort((one, other) => chunkOf(one) - chunkOf(other));
  for (let from = 0; from < sorted.length; from += LETTERS_AHEAD) {
    const letters = await Promise.all(
      sorted.slice(from, from + LETTERS_AHEAD).map((subject) => lastStored(broker, 'dead', subject)),
    );
    for (const letter of letters) {
      const chunk = letter && ifReadable(() => decode(DeadChunk, letter.data));
      if (chunk !== undefined) yield chunk;
    }
  }
}

function chunkOf(subject: string): number {
  return Number(subject.slice(subject.lastIndexOf('.') + 1));
}
