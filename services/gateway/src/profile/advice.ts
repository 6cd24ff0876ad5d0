/** One sentence for a cause: what costs the job most, and what to do. Pure. */
import { duration } from '@manyhands/observe/progress';
import { savedBySlotMs, type Figures } from './figures.ts';
import type { SlowCause } from './cause.ts';

export function adviceOf(cause: SlowCause, figures: Figures): string {
  const { parts, kind, live, used, chunks, atOnce, retries, leases, computedMs, longest, chunkMs } = figures;
  const took = (part: keyof Figures['parts']): string => time(parts[part] ?? 0);
  switch (cause) {
    case 'none':
      return `It took ${time(figures.ms)}: there is nothing to gain.`;
    case 'no_worker':
      return `For ${took('no_worker')} no live worker could compute ${kind}: start one.`;
    case 'queued':
      return live > 0
        ? `It waited ${took('queued')} for its first slot, behind other jobs or on a busy machine: add workers, or submit it with a higher priority.`
        : `It has waited ${took('queued')} for a coordinator, or for a worker: look at "manyhands doctor".`;
    case 'few_slots': {
      const saved = savedBySlotMs(figures);
      const gain = saved > 0 ? `: one more slot would have saved about ${time(saved)}` : '';
      return `${count(used, 'slot')} computed it without a break${gain}; add workers or slots, or make its chunks cheaper.`;
    }
    case 'shared_slots':
      return `It had ${used} of ${count(live, 'slot')}, the others had work of other jobs: add workers, or submit it with a higher priority.`;
    case 'at_once':
      return `It allows ${count(atOnce ?? used, 'chunk')} at once, though there were ${count(live, 'slot')}: raise at_once if what it calls can take more.`;
    case 'few_chunks':
      return `It has ${count(chunks, 'chunk')} for ${count(live, 'slot')}, so that a slot more has nothing to do: split it into more chunks.`;
    case 'skewed_chunks':
      return longest === undefined || chunkMs === null
        ? 'Some chunks take much longer than others: split them.'
        : `${named(longest)} took ${time(longest.took_ms)}, where the median of a chunk is ${time(chunkMs.median)}, and other slots had nothing left: split what is large, or split the job into more chunks.`;
    case 'small_chunks':
      return `Its ${leases} leases computed ${time(computedMs / Math.max(1, leases))} each, less than the way to a slot and back: split it into fewer, larger chunks.`;
    case 'merging':
      return `For ${took('merging')} it merged partial results: make merge cheaper or its partials smaller, or return lines (output: 'lines'), which are not merged.`;
    case 'pacing':
      return `For ${took('pacing')} its slots waited for a turn under a rate: raise the rate of pace in its task code if the other side allows it; more slots change nothing.`;
    case 'retrying':
      return `For ${took('retrying')} it waited to try failed chunks again (${count(retries, 'retry', 'retries')}): look why they fail, with "manyhands failures" or in its log.`;
    case 'unanswered':
      return `For ${took('unanswered')} its leases came to nothing, because workers were lost, a time limit was reached, or it was paused or cancelled: look at the log of the workers.`;
    case 'stopped':
      return `For ${took('stopped')} it was paused, or over before it was requeued: nothing was wrong with it meanwhile.`;
  }
}

function named({ begin, end }: { begin: number; end: number }): string {
  return end - begin === 1 ? `Chunk ${begin}` : `The lease of chunks ${begin} to ${end - 1}`;
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

function time(ms: number): string {
  return ms < 1
    ? 'less than 1 ms'
    : ms < 1_000
      ? `${Math.round(ms)} ms`
      : ms < 60_000
        ? `${(ms / 1_000).toFixed(1)} s`
        : duration(ms / 1_000);
}
