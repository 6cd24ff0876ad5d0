/** What a worker has done since it started. */
import type { ComputeLease } from '@manyhands/proto';
import type { ComputedSpan } from './result-message.ts';

export class WorkCounts {
  leasesDone = 0;
  chunksDone = 0;
  chunksFailed = 0;

  leaseDone({ task }: ComputeLease, { failed, leftFrom }: Pick<ComputedSpan, 'failed' | 'leftFrom'>): void {
    this.leasesDone += 1;
    this.chunksFailed += failed.length;
    if (task.op === 'compute') this.chunksDone += (leftFrom ?? task.end) - task.begin - failed.length;
  }
}
