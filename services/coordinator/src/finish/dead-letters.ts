/**
 * Sets dead chunks aside for a person, in stream DEAD.
 *
 * Invariant: one letter per chunk and round. The broker decides: the subject must be empty. A full stream holds up no job (`PatientOutbox`).
 */
import type { LetterOutbox } from '../mailbox/patient-outbox.ts';
import { deadSubjects, encode, type DeadChunk } from '@manyhands/proto';

export async function publishDeadLetters(outbox: LetterOutbox, letters: readonly DeadChunk[]): Promise<void> {
  if (letters.length === 0) return;
  await outbox.publishAll(
    letters.map((letter) => ({
      subject: deadSubjects.chunk(letter.tenant, letter.job_id, letter.round, letter.begin),
      data: encode(letter),
      expectLastSubjectSequence: 0,
    })),
  );
}
