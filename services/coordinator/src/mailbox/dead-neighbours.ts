/**
 * Removes the keys of coordinators that ran on this machine and whose process is gone, so that one that crashed and is started again owns
 * everything within the pin's timeout instead of the heartbeat's life time.
 *
 * Wrong only where machines share a name but not their processes (containers on the host's network): a member removed by mistake writes its
 * key again at once.
 */
import { CoordinatorHeartbeat, decode } from '@manyhands/proto';
import type { Bucket } from '@manyhands/nats';

export async function removeDeadNeighbours(bucket: Bucket, host: string): Promise<void> {
  for (const { key, value } of await bucket.entries()) {
    if (value !== undefined && isDeadNeighbour(value, host)) await bucket.remove(key);
  }
}

function isDeadNeighbour(value: Uint8Array, host: string): boolean {
  try {
    const heartbeat = decode(CoordinatorHeartbeat, value);
    return heartbeat.host === host && !isRunning(heartbeat.pid);
  } catch {
    // Written by another release: none of our business.
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
