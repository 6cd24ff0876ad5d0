/**
 * Reads the dead letters of a job in the order of their chunks: the stream has them in the order in which they died.
 *
 * A letter of the round that runs now, or was the last, counts; an earlier one only if its chunk is still dead: a requeue of other chunks has left it.
 */
import { lastStored, storedSubjects } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { DeadChunk, deadSubjects, decode, ifReadable, parseDeadChunkSubject, type JobView } from '@manyhands/proto';

type Known = Pick<JobView, 'round' | 'chunks'>;

/** Letters that are asked for at once. */
const LETTERS_AHEAD = 32;

/** The newest letter of each chunk. One of another release, and one that is discarded meanwhile, are left out. */
export async function* deadChunks(broker: Broker, tenant: string, jobId: string, view: Known): AsyncGenerator<DeadChunk, void> {
  const { subjects } = await storedSubjects(broker, 'dead', deadSubjects.chunksOfJob(tenant, jobId));
  const sorted = lettersOf(subjects, view);
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

/** The subjects of the letters that count, in the order of their chunks. */
function lettersOf(subjects: readonly string[], { round = 0, chunks }: Known): string[] {
  const isDead = (chunk: number): boolean => chunks.coarse || chunks.failed.some(([begin, end]) => begin <= chunk && chunk < end);
  const newest = new Map<number, { subject: string; chunk: number; round: number }>();
  for (const subject of subjects) {
    const parsed = parseDeadChunkSubject(subject);
    if (!parsed || parsed.round > round || (parsed.round < round && !isDead(parsed.chunk))) continue;
    const before = newest.get(parsed.chunk);
    if (!before || before.round < parsed.round) newest.set(parsed.chunk, { subject, ...parsed });
  }
  return [...newest.values()].sort((one, other) => one.chunk - other.chunk).map(({ subject }) => subject);
}
