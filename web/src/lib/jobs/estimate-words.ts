/** What an estimate is to its reader. Pure. */
import type { KindEstimate } from '@manyhands/sdk';
import { formatCount, formatAbout } from '../format.ts';

interface EstimateWords {
  head: string;
  beside: string;
}

/** Bounds that are closer than this to each other are not worth a sentence. */
const spreadLeast = 1.5;

export function estimateWords({
  jobs,
  slots,
  sec,
  least_sec: least,
  most_sec: most,
  work_sec: work,
}: KindEstimate): EstimateWords {
  if (jobs === 0) return { head: 'No estimate yet', beside: 'No job like it was completed so far.' };
  const from = `from ${formatCount(jobs)} like it`;
  if (sec === null) return { head: `${formatAbout(work ?? 0)} of work`, beside: `${from}; no live slot computes this kind.` };
  const spread = least !== null && most !== null && most > least * spreadLeast;
  const on = `on ${formatCount(slots)} ${slots === 1 ? 'slot' : 'slots'}, ${from}`;
  return {
    head: `About ${formatAbout(sec)}`,
    beside: spread ? `${on}; most take ${formatAbout(least)} to ${formatAbout(most)}` : on,
  };
}
