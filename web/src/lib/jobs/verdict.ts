/** How a job goes, as one sentence on top of its page. Pure. */
import type { JobView } from '@manyhands/proto';
import type { JobProfile } from '@manyhands/sdk';
import { formatDuration, formatTimeLeft } from '../format.ts';

interface Verdict {
  tone: 'well' | 'slow';
  text: string;
}

/** With fewer of its slots busy on average a job is slow. */
const busyShareWell = 0.75;
/** Less is not slow. */
const slowFromMs = 5_000;

/** Null where its status says it all. The reason is the profile's; `leftSec` is the time left now. */
export function verdictOf(job: JobView, profile: JobProfile | null, leftSec: number | null): Verdict | null {
  const { timing, status } = job;
  if (!timing || (status !== 'running' && status !== 'completed')) return null;
  const busy = (timing.busy.computing + timing.busy.merging + timing.busy.pacing) / Math.max(1, timing.ms);
  const slots = `${busyWords(busy)} of ${timing.slots} slots busy`;
  if (status === 'completed') {
    return { tone: 'well', text: `Done in ${formatDuration(timing.ms / 1_000)}, with ${slots} on average.` };
  }
  const isMine = profile?.job_id === job.job_id;
  const hasReason = isMine && profile.cause !== 'none' && profile.cause !== 'few_slots';
  if (hasReason && timing.ms >= slowFromMs && busy < busyShareWell * timing.slots) {
    return { tone: 'slow', text: `Slower than it could be: ${slots}. ${profile.advice}` };
  }
  return leftSec === null ? null : { tone: 'well', text: `On track: ${formatTimeLeft(leftSec)} left, ${slots}.` };
}

/** `3.7`, `12`; of less than a tenth `less than 0.1`, which is not nothing. */
function busyWords(busy: number): string {
  if (busy > 0 && busy < 0.05) return 'less than 0.1';
  return busy < 9.95 ? busy.toFixed(1) : String(Math.round(busy));
}
