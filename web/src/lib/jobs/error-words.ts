/** What an error code means, for people who do not know the code. */
import type { ErrorCode } from '@manyhands/proto';

const words: Readonly<Record<ErrorCode, string>> = {
  bad_request: 'What was asked for cannot be right.',
  not_found: 'Something it needs is not there.',
  unavailable: 'The system was full or away; it may work later.',
  too_large: 'Something is larger than the system takes.',
  undecodable: 'A message could not be read; two releases may be mixed.',
  revision_conflict: 'Two coordinators held the job at once, and this one gave way.',
  compute_failed:
    'The computation threw an error each time it ran. The data or the kind needs a look, or something it depends on was away.',
  compute_refused: 'The computation says that trying again cannot help: these parameters do not work.',
  params_refused: 'The kind does not take these parameters, so none of the chunks can be computed. Submit the job with others.',
  input_lost:
    'A part of its input is not stored any more, so this chunk cannot be computed. Send the input again, and submit the job with it.',
  time_limit: 'It ran longer than the job allows. Use more, smaller chunks, or a longer time limit.',
  worker_lost: 'The thread or worker died while computing it, more than once: out of memory, or a crash in the kind.',
  cancelled: 'The job was cancelled meanwhile.',
  quarantined: 'A step of this job kept failing, so it was set aside and holds up no other. Requeue it to run all of it anew.',
  unknown_kind: 'No worker here knows the kind. Start one that does.',
};

/** Null for a code of a newer release. */
export function wordsFor(code: string): string | null {
  return Object.hasOwn(words, code) ? words[code as ErrorCode] : null;
}
