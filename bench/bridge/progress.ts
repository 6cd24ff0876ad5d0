/**
 * The bridge under load: `npm run bench -- --only progress`. While four jobs compute, their progress goes to ever more
 * clients of one gateway, and to a crowd of which a tenth never reads.
 */
import { watchSlowReaders } from '../../e2e/clients/slow-readers.ts';
import type { Workload } from '../workload.ts';
import { measureReach, type ReachSetting } from './reach-clients.ts';

const seconds = 8;

function reach(what: string, setting: Omit<ReachSetting, 'jobs' | 'seconds'>): Workload {
  return {
    name: `progress to ${setting.clients.toLocaleString('en')} ${what}`,
    async run(system) {
      const { p50Ms, p99Ms, maxMs, reach99MedianMs, reach99MaxMs, missed, lost, changesPerSec, gatewayCores, clientCores } =
        await measureReach(system, { ...setting, jobs: 4, seconds });
      if (missed + lost > 0) throw new Error(`${missed} changes never came, ${lost} clients were lost`);
      return {
        'p50 ms': p50Ms,
        'p99 ms': p99Ms,
        'max ms': maxMs,
        'ms until 99 % had it': reach99MedianMs,
        'the same, slowest change': reach99MaxMs,
        'changes/s': changesPerSec,
        'gateway cores': gatewayCores,
        'client cores': clientCores,
      };
    },
  };
}

const slowReaders: Workload = {
  name: 'progress to 500 WebSockets and 500 event streams, a tenth never reads',
  async run() {
    const {
      reach: seen,
      readersLost,
      behind,
      stuck,
      heldBytesMax,
      cutAfterSec,
      gatewayMb,
      gatewayMbMax,
      slowConsumers,
    } = await watchSlowReaders({ websockets: 500, streams: 500, stuckOfTen: 1, seconds: 15, untilCut: true });
    if (seen.missed + readersLost > 0 || behind !== stuck)
      throw new Error(
        `${seen.missed} changes never came, ${readersLost} readers were lost, ${behind} of ${stuck} stuck clients were behind`,
      );
    return {
      'p99 ms': seen.p99Ms,
      'max ms': seen.maxMs,
      'KiB held for one at most': heldBytesMax / 1024,
      's until cut': cutAfterSec,
      'gateway MB': gatewayMb,
      'gateway MB at most': gatewayMbMax,
      'slow consumers': slowConsumers,
    };
  },
};

export function progressWorkloads(): Workload[] {
  return [
    ...[1, 100, 5_000].map((clients) =>
      reach('WebSockets, each on the list of jobs', { transport: 'websocket', clients, watch: 'list' }),
    ),
    reach('WebSockets, each on one of four jobs', { transport: 'websocket', clients: 5_000, watch: 'job' }),
    reach('event streams, each on one of four jobs', { transport: 'sse', clients: 5_000, watch: 'job' }),
    slowReaders,
  ];
}
