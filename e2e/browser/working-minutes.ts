/** What the two workers of a working day did in the last minutes: their leases, their samples, chunks per second, and where the time of the running job went. */
import type { JobView } from '@manyhands/proto';
import { packedLeases, type AnsweredLease } from '@manyhands/proto/answered-leases';
import type { StagedGateway } from '../fixture/staged-gateway.ts';

const slotsOfEach = 6;
const leaseMs = 7_000;
const chunksOfLease = 10;

/** `rows` leases of each slot from `fromMs` on, counted from the submission; one of them was lost and ran again. */
function leasesFrom(workers: readonly string[], rows: number, fromMs = 400): AnsweredLease[] {
  const slots = workers.flatMap((worker) => Array.from({ length: slotsOfEach }, (_, slot) => ({ worker, slot })));
  return Array.from({ length: rows * slots.length }, (_, at) => {
    const [row, of] = [Math.floor(at / slots.length), at % slots.length];
    const { worker, slot } = slots[of]!;
    const begin = at * chunksOfLease;
    return {
      ...{ op: 'compute', begin, end: begin + chunksOfLease, attempt: 1, worker, slot },
      from_ms: fromMs + row * leaseMs + of * 40,
      took_ms: leaseMs - 200 - ((row * 5 + of * 3) % 11) * 260,
      outcome: row === 2 && of === 8 ? 'lost' : 'computed',
      failed_chunks: 0,
    };
  });
}

/** As the view of a job has it after `ms`, of which its slots computed almost all. */
export const timingOf = (ms: number): JobView['timing'] => ({
  ...{
    ms,
    parts: { queued: 400, computing: ms - 400 },
    at: new Date().toISOString(),
    doing: 'computing',
    slots: 2 * slotsOfEach,
  },
  ...{ leases: 60, busy: { computing: 11.2 * ms, merging: 0, pacing: 0 }, chunk_times: [], slowest: [] },
  ...{ width_ms: 1_000, rows: [] },
});

/** `jobs`: those of which leases are seen, with how many rows of them, each over all slots. */
export function lastMinutes(stage: StagedGateway, jobs: readonly (readonly [JobView, number])[]): void {
  const workers = stage.workers.map(({ worker }) => worker);
  const nowSec = Math.floor(Date.now() / 5_000) * 5;
  const [{ job_id }, rows] = jobs[0]!;
  const leases = leasesFrom(workers, rows);
  stage.leases = [{ v: 1, type: 'AnsweredLeases', job_id, first: 0, through: leases.length, ...packedLeases(leases) }];
  stage.cluster.leases = [
    jobs.map(([job, own]) => ({
      ...{ job_id: job.job_id, kind: job.kind, submitted_at: job.created_at },
      ...packedLeases(leasesFrom(workers, own)),
    })),
  ];
  for (const [of, worker] of workers.entries())
    stage.cluster.samples.set(
      worker,
      Array.from({ length: 60 }, (_, at) => [
        nowSec - (59 - at) * 5,
        at < 12 ? 0.4 : 5.2 + 0.6 * Math.sin(at / 3 + of),
        47_900 + at * (24 + of) + 9 * Math.sin(at / 2),
        170 + of * 12 + 26 * Math.min(1, at / 40),
      ]),
    );
  stage.cluster.throughput = Array.from({ length: 290 }, (_, at) => ({
    at: new Date((nowSec - 290 + at) * 1_000).toISOString(),
    chunks_per_sec: at < 60 ? 0.4 : 9 + 1.4 * Math.sin(at / 17) + 0.5 * Math.sin(at / 3),
  }));
}
