/**
 * Follows a job to its end, or until the time is up or the user has seen enough.
 *
 * Invariant: the job goes on whatever ends the following; only `manyhands cancel` cancels one.
 */
import type { JobView } from '@manyhands/proto';
import { EXIT } from '../exit.ts';
import type { Session } from '../session.ts';
import { goesOn } from './outcome.ts';

export type Following = { ended: true; view: JobView | undefined } | { ended: false };

/** `each`: receives the views instead of the live line. Sets the exit code when it stops before the end. */
export async function followJob(
  session: Session,
  jobId: string,
  { timeoutMs, each }: { timeoutMs?: number | undefined; each?: ((view: JobView) => Promise<void>) | undefined } = {},
): Promise<Following> {
  const timeUp = new AbortController();
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => timeUp.abort(), Math.min(timeoutMs, 2 ** 31 - 1));
  const signal = AbortSignal.any([session.world.interrupt, timeUp.signal]);
  try {
    const views = session.client.watch(jobId, { signal });
    if (!each) return { ended: true, view: (await session.follow(views)) ?? (await kept(session, jobId)) };
    let view: JobView | undefined;
    for await (view of views) await each(view);
    return { ended: true, view };
  } catch (error) {
    if (!signal.aborted) throw error;
    session.exitCode = session.world.interrupt.aborted ? EXIT.interrupted : EXIT.timeout;
    session.note(goesOn(jobId));
    return { ended: false };
  } finally {
    clearTimeout(timer);
  }
}

/** A job that was over before has no further view. */
function kept(session: Session, jobId: string): Promise<JobView> {
  return session.client.get(jobId);
}
