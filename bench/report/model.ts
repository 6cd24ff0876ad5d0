/**
 * What a larger cluster should expect: a model over this run's figures, not a measurement.
 *
 * A long job needs `slots / lease time` leases a second, whatever its chunks cost, because leases size themselves to a time. One coordinator turns
 * over as many leases a second as the system does when every chunk is a lease; one nats-server stores what it stores when it does nothing else.
 */
import { OURS, OURS_ONE_CHUNK, type Durability } from '../contender.ts';
import { figureOf, formatted, type BenchResult } from '../result.ts';
import { fanOut } from '../workloads/jobs.ts';
import { rawPublish } from '../workloads/raw.ts';
import { heuristics } from '../../services/coordinator/src/scheduling/heuristics.ts';

const CLASSES: readonly Durability[] = ['always', '1s'];
const SLOTS = [2, 16, 64, 256, 1_024, 4_096];
/** Messages stored for a lease: itself and its result. */
const STORED_PER_LEASE = 2;

/** Empty when the figures it needs were not measured. */
export function modelTable(result: BenchResult): string {
  const known = CLASSES.map((durability) => ({
    leases: figureOf(result, durability, fanOut.name, OURS_ONE_CHUNK, 'chunks/s'),
    stored: figureOf(result, durability, rawPublish.name, OURS, 'messages/s'),
  }));
  if (known.some(({ leases, stored }) => leases === undefined || stored === undefined)) return '';
  const lines = SLOTS.map((slots) => {
    const needed = slots / (heuristics.leaseTargetMs / 1_000);
    const cells = known.flatMap(({ leases, stored }) => [
      String(Math.max(1, Math.ceil(needed / leases!))),
      `${formatted((100 * needed * STORED_PER_LEASE) / stored!)} %`,
    ]);
    return [slots.toLocaleString('en'), formatted(needed), ...cells];
  });
  const head = [
    'slots',
    'leases/s of a long job',
    ...CLASSES.flatMap((durability) => [`coordinators, \`${durability}\``, `of what one nats-server stores, \`${durability}\``]),
  ];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
