/** Why no job would be computed now, as sentences; none, when one would. Pure. */
import type { Answer } from '@manyhands/proto';

export type Checks = NonNullable<Answer<'Readiness'>['checks']>;

/** `trouble`: why NATS stores nothing. */
export function reasonsOf(
  checks: Checks,
  { trouble, isConnected }: { trouble: string | undefined; isConnected: boolean },
): string[] {
  const { nats, storage, coordinators, workers, stuck_partitions: stuck = [], troubles = [] } = checks;
  const natsIsAway = isConnected
    ? 'NATS does not answer as it must, so the gateway does not know what is stored now.'
    : 'NATS is not reachable.';
  return [
    ...(nats ? [] : [natsIsAway]),
    ...(nats && !storage ? [`No job is stored right now: ${trouble}`] : []),
    ...(nats && coordinators === 0 ? ['No coordinator is running; start one.'] : []),
    ...(nats && workers === 0 ? ['No worker is running; start one.'] : []),
    ...stuck.map(({ partition, for_sec: sec, why }) => `Partition ${partition} has been stuck for ${sec} s: ${why}`),
    ...troubles.filter(({ mended }) => !mended).map(({ what, problem }) => `On NATS ${what} is not as needed: ${problem}.`),
  ];
}
