/** Puts a bound on waiting for the bus, so that a user gets an answer while the server is away. */
import { ManyhandsError } from '@manyhands/proto';

/** Milliseconds a request waits for NATS before it is answered with 503. */
export const BUS_DEADLINE_MS = 1_500;

/** Throws `tooLate` (a sentence makes it `unavailable`; a function is asked then) when `work` is not done in time. The work itself goes on unseen. */
export async function withDeadline<T>(
  work: Promise<T>,
  tooLate: string | (() => Error),
  deadlineMs: number = BUS_DEADLINE_MS,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(typeof tooLate === 'string' ? new ManyhandsError('unavailable', tooLate) : tooLate()),
      deadlineMs,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
