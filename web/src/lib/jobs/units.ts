/** What the chunks of a job are for its user: items, where each is one. Pure. */
import type { JobView } from '@manyhands/proto';

type Known = Pick<JobView, 'input' | 'total_chunks'>;

export function isOfItems({ input }: Pick<JobView, 'input'>): boolean {
  return input?.by === 'record' && (input.batch ?? 1) === 1;
}

/** `item`, `items`, `chunk`, `chunks`, for a number of them; all of them unless another is given. */
export function unitsOf(job: Known, count = job.total_chunks): string {
  return `${isOfItems(job) ? 'item' : 'chunk'}${count === 1 ? '' : 's'}`;
}
