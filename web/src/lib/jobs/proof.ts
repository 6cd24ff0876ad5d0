/** That each chunk of a job is counted once, as a sentence to watch while workers die. Pure. */
import type { JobView } from '@manyhands/proto';
import { formatCount } from '../format.ts';

type Known = Pick<JobView, 'completed_chunks' | 'duplicate_results' | 'retries' | 'workers'>;

/** Null: nothing is counted yet. */
export function proofOf({ completed_chunks: done, duplicate_results: again, retries, workers }: Known): string | null {
  if (done === 0) return null;
  const parts = [
    `${countOf(done, 'chunk')} counted once each, from ${countOf(Object.keys(workers).length, 'worker')}`,
    ...(retries === 0 ? [] : [countOf(retries, 'extra run')]),
    again === 0
      ? 'no result came twice'
      : `${countOf(again, 'result')} came twice and ${again === 1 ? 'was' : 'were'} not counted again`,
  ];
  return `${parts.join('; ')}.`;
}

function countOf(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`;
}
