/**
 * What costs a job most of its time. Pure: rules over the parts, and over what its slots did meanwhile.
 *
 * Each rule states how many milliseconds its cause has cost; the one that cost most is named.
 */
import { BRIEF_MS, type Answer } from '@manyhands/proto';
import { savedBySlotMs, type Figures } from './figures.ts';

export type SlowCause = Answer<'JobProfile'>['cause'];

/** A chunk that takes so many times as long as the median stands out. */
const STANDS_OUT = 2;
/** Slots that had nothing left for less of the time are no reason. */
const UNEVEN_SHARE = 0.15;
/** A lease of less is short beside the way to its slot and back. */
const SHORT_LEASE_MS = 20;

export function causeOf(figures: Figures): SlowCause {
  if (figures.ms < BRIEF_MS) return 'none';
  const [cause] = costs(figures).reduce((most, next) => (next[1] > most[1] ? next : most));
  return cause;
}

function costs(figures: Figures): [SlowCause, number][] {
  const { parts, leases, computedMs } = figures;
  const part = (name: keyof Figures['parts']): number => parts[name] ?? 0;
  const isShort = leases > 0 && computedMs / leases < SHORT_LEASE_MS;
  return [
    // First: of causes that cost the same it is the one to begin with.
    ['no_worker', part('no_worker')],
    ['queued', part('queued')],
    ['merging', part('merging')],
    ['pacing', part('pacing')],
    ['retrying', part('retrying')],
    ['unanswered', part('unanswered')],
    ['stopped', part('stopped')],
    [isShort ? 'small_chunks' : 'shared_slots', part('leasing')],
    [boundOf(figures), part('at_once') + part('computing')],
  ];
}

/** What bounds a job while it is computed. */
function boundOf(figures: Figures): SlowCause {
  const { parts, chunks, used, live, distinct } = figures;
  if ((parts.at_once ?? 0) > 0) return 'at_once';
  const unevenMs = unevenOf(figures);
  if (unevenMs > Math.max(savedBySlotMs(figures), UNEVEN_SHARE * (parts.computing ?? 0)))
    return standsOut(figures) ? 'skewed_chunks' : 'few_chunks';
  if (chunks <= used) return 'few_chunks';
  return distinct < live && chunks > distinct ? 'shared_slots' : 'few_slots';
}

/** Milliseconds of its computing in which some of its slots had nothing left of it. */
function unevenOf({ parts, computedMs, used }: Figures): number {
  return used === 0 ? 0 : Math.max(0, (parts.computing ?? 0) - computedMs / used);
}

function standsOut({ chunkMs }: Figures): boolean {
  return chunkMs !== null && chunkMs.longest >= STANDS_OUT * chunkMs.median;
}
