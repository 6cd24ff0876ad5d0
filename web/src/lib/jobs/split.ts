/** How the chunks of a job are shared by the slots there are: rows of a picture, and a sentence. Pure. */
import { formatCount, formatAbout } from '../format.ts';

interface Split {
  /** Chunks of each slot that is drawn. */
  rows: number[];
  /** Slots that are not drawn. */
  more: number;
  sentence: string;
}

export const rowsMost = 6;
/** Fewer chunks a slot than this, and one slow chunk at the end keeps the others waiting. */
const perSlotLeast = 4;

/** `workSec`: what all slots together are busy with it; null while that is not known. */
export function splitOf(chunks: number, slots: number, workSec: number | null): Split {
  const shown = Math.min(slots, rowsMost);
  const rows = Array.from({ length: shown }, (_, slot) => Math.floor(chunks / slots) + (slot < chunks % slots ? 1 : 0));
  return { rows, more: slots - shown, sentence: sentenceOf(chunks, slots, workSec) };
}

function sentenceOf(chunks: number, slots: number, workSec: number | null): string {
  const all = `${formatCount(chunks)} ${chunks === 1 ? 'chunk' : 'chunks'}`;
  const each = workSec === null ? '' : `, ${formatAbout(workSec / chunks)} each`;
  if (slots === 0) return `${all}, which wait until a worker can compute them.`;
  const idle = slots - chunks;
  if (idle > 0)
    return `${all} on ${formatCount(slots)} slots: ${formatCount(idle)} of them ${idle === 1 ? 'has' : 'have'} nothing to do.`;
  const share = `${all}, about ${formatCount(Math.ceil(chunks / slots))} a slot${each}`;
  return chunks < perSlotLeast * slots && slots > 1 ? `${share}. More chunks share the work more evenly.` : `${share}.`;
}
