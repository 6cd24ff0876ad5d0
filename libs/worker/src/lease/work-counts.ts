/** What a worker has done since it started. */
import type { ComputeLease } from '@manyhands/proto';

export class WorkCounts {
  leasesDone = 0;
  chunksDone = 0;
  chunksFailed = 0;

  leaseDone({ task }: ComputeLease, failed: number): void {
    this.leasesDone += 1;
    this.chunksFailed += failed;
    if (task.op === 'compute') this.chunksDone += task.end - task.begin - failed;
  }
}
