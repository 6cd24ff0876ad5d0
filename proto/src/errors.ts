/**
 * Every way an operation can fail, as a closed union. Programmer errors are not here: they are assertions.
 *
 * Over the wire goes code, message and attempt; never a stack.
 */
export const ERROR_CODES = {
  /** The caller sent something that cannot be right; the message states what to change. */
  bad_request: { retryable: false },
  not_found: { retryable: false },
  /** A limit of the system is reached (a stream is full, the server is away); try again later. */
  unavailable: { retryable: true },
  too_large: { retryable: false },
  /** A message on the wire that this release cannot read. */
  undecodable: { retryable: false },
  /** A compare-and-set lost: another process owns this actor now. */
  revision_conflict: { retryable: true },
  /** The task code threw. */
  compute_failed: { retryable: true },
  /** The task code threw an error that no retry can change. */
  compute_refused: { retryable: false },
  /** The kind refuses the parameters of the job, so none of its chunks can be computed. */
  params_refused: { retryable: false },
  /** The input of the job is no longer stored. */
  input_lost: { retryable: false },
  /** A chunk ran longer than its job allows. */
  time_limit: { retryable: true },
  /** The worker process or its thread died, more than once, while computing this. */
  worker_lost: { retryable: true },
  /** The job was cancelled while this was being computed. */
  cancelled: { retryable: false },
  /** A step of this job failed for good, so it was set aside, and no other with it. */
  quarantined: { retryable: false },
  /** No worker here knows the kind. */
  unknown_kind: { retryable: false },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** An operating error: expected, named, and made once at the boundary where it is first known. */
export class ManyhandsError extends Error {
  override readonly name = 'ManyhandsError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }

  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }
}

export function isManyhandsError(error: unknown, code?: ErrorCode): error is ManyhandsError {
  return error instanceof ManyhandsError && (code === undefined || error.code === code);
}
