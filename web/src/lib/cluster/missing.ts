/** What a system that is not ready still lacks, as words for a sentence. */
import type { Readiness } from '../api.ts';

/** As much of the checks as is looked at. */
type Checks = Pick<Readiness['checks'], 'nats' | 'storage' | 'coordinators' | 'workers'> & {
  stuck_partitions?: readonly object[] | undefined;
  troubles?: readonly { mended: boolean }[] | undefined;
};

export function missingParts({
  nats,
  storage,
  coordinators,
  workers,
  stuck_partitions: stuck = [],
  troubles = [],
}: Checks): string[] {
  const parts: string[] = [];
  if (!nats) parts.push('the connection to NATS');
  else if (!storage) parts.push('room on the disk of NATS, which stores nothing right now');
  if (coordinators === 0) parts.push('a coordinator');
  if (workers === 0) parts.push('a worker');
  if (stuck.length > 0) parts.push('a part of the mailbox that stands still');
  if (troubles.some(({ mended }) => !mended)) parts.push('what somebody removed or changed on NATS, which is being put right');
  return parts;
}
