/** What became of a lease, as people read it. */
import type { AnsweredLease } from '@manyhands/proto/answered-leases';
import { formatCount, formatDuration } from '../format.ts';

export const outcomeNames: Record<AnsweredLease['outcome'], string> = {
  computed: 'Computed',
  failed: 'With failures',
  returned: 'Partly returned',
  lost: 'Lost',
  ignored: 'Done twice',
};

function chunksOf({ op, begin, end }: AnsweredLease): string {
  if (op === 'merge') return 'A merge';
  return end - begin === 1 ? `Chunk ${formatCount(begin)}` : `Chunks ${formatCount(begin)} to ${formatCount(end - 1)}`;
}

/** `Chunks 40 to 79: computed in 1.20 s by host/3, from 12.4 s on. First run.` */
export function sentenceOf(lease: AnsweredLease): string {
  const { worker, slot, from_ms: from, took_ms: took, attempt, outcome, failed_chunks: failed } = lease;
  const how = {
    computed: 'done',
    failed: `${formatCount(failed)} failed`,
    returned: 'some were returned before they were begun',
    lost: 'came to nothing',
    ignored: 'not counted, because its chunks were done already',
  }[outcome];
  return `${chunksOf(lease)}: ${how}, in ${formatDuration(took / 1_000)} on ${worker}/${slot}, from ${formatDuration(from / 1_000)} on${attempt > 1 ? `, run ${attempt}` : ''}.`;
}
