/** A system in the middle of a working day, of made-up jobs. */
import {
  lastTickBefore,
  newScheduleId,
  nextTick,
  parseCron,
  type JobFinished,
  type JobView,
  type ScheduleView,
} from '@manyhands/proto';
import { aJobView, aKindRegistration, aWorkerHeartbeat } from '@manyhands/testkit';
import { quietStats } from '../fixture/staged-answers.ts';
import type { StagedGateway } from '../fixture/staged-gateway.ts';
import { lastMinutes, timingOf } from './working-minutes.ts';

/** Of the job of this number. */
export const idOf = (number: number): string =>
  `0199${String(number).padStart(4, '0')}-7d44-7c11-8f3b-0a1b2c3d${String(4096 + number * 37)}`;
const ago = (seconds: number): string => new Date(Date.now() - seconds * 1_000).toISOString();

export const running = (): JobView =>
  aJobView({
    job_id: idOf(90),
    kind: 'primes',
    params: { n: 10_000_000_000 },
    status: 'running',
    detail: null,
    total_chunks: 1_000,
    completed_chunks: 612,
    progress: 0.612,
    created_at: ago(64),
    started_at: ago(63),
    duration_sec: 63,
    rate: 9.7,
    eta_sec: 40,
    retries: 2,
    chunks: {
      done: [
        [0, 604],
        [611, 619],
      ],
      leased: [
        [604, 611],
        [619, 624],
      ],
      failed: [],
      coarse: false,
    },
    workers: { 'anvil-4711-a1': 310, 'anvil-4712-b2': 302 },
    timing: timingOf(63_000),
  });

const completed = (): JobView => ({
  ...running(),
  job_id: idOf(80),
  params: { n: 1_000_000_000 },
  status: 'completed',
  total_chunks: 64,
  completed_chunks: 64,
  progress: 1,
  result: 50_847_534,
  created_at: ago(400),
  started_at: ago(399),
  finished_at: ago(393),
  duration_sec: 6.42,
  rate: 9.97,
  eta_sec: null,
  retries: 0,
  timing: undefined,
  chunks: { done: [[0, 64]], leased: [], failed: [], coarse: false },
  workers: { 'anvil-4711-a1': 33, 'anvil-4712-b2': 31 },
});

const gaps = (): JobView => ({
  ...completed(),
  job_id: idOf(70),
  kind: 'scrape',
  params: { site: 'https://example.org', depth: 3 },
  total_chunks: 200,
  completed_chunks: 188,
  failed_chunks: 12,
  result: { pages: 188, bytes: 4_182_331 },
  detail: '12 of 200 chunks could not be computed; the result leaves them out.',
  created_at: ago(1_300),
  on_dead_chunk: 'continue',
  chunks: {
    done: [
      [0, 90],
      [96, 140],
      [146, 200],
    ],
    leased: [],
    failed: [
      [90, 96],
      [140, 146],
    ],
    coarse: false,
  },
});

/** What a job of a kind gives. */
const resultOf: Record<string, unknown> = {
  primes: 50_847_534,
  sum: 50_005_000,
  scrape: { pages: 200, bytes: 4_417_902 },
  mandelbrot: { width: 480, height: 360, inside: 61_204 },
};

const failed = (): JobView => ({
  ...completed(),
  job_id: idOf(60),
  kind: 'scrape',
  params: { site: 'https://example.com', depth: 9 },
  status: 'failed',
  total_chunks: 200,
  completed_chunks: 29,
  failed_chunks: 1,
  progress: 0.15,
  result: null,
  error: { code: 'compute_failed', message: 'Chunk 29 is dead: the server answered 503.', retryable: true },
  created_at: ago(2_200),
  chunks: { done: [[0, 29]], leased: [], failed: [[29, 30]], coarse: false },
});

const kinds = [
  ['primes', 'Count primes', 'Counts the primes below n, up to 10^12.', { n: 1_000_000_000 }],
  [
    'mandelbrot',
    'Mandelbrot set',
    'Paints a part of the Mandelbrot set.',
    { width: 480, height: 360, zoom: 1, x: -0.5, y: 0, iterations: 500 },
  ],
  ['sum', 'Sum', 'Adds the numbers from 1 to n, exactly, up to 10^18.', { n: 10_000 }],
  ['scrape', 'Scrape a site', 'Reads every page of a site and counts what is linked.', { site: 'https://example.org', depth: 3 }],
] as const;

/** Kind, code, how many chunks, from which on, and what they failed with. */
const causes: readonly (readonly [string, string, number, number, (index: number) => string])[] = [
  ['scrape', 'compute_failed', 14, 20, (index) => `https://example.com/items?page=${index} answered 503: the server is busy`],
  ['scrape', 'compute_refused', 5, 60, (index) => `page ${index} has no charset, and its bytes are no UTF-8`],
  ['mandelbrot', 'time_limit', 3, 0, () => 'it ran longer than 360 s'],
  ['primes', 'worker_lost', 1, 7, () => 'the thread ended 3 times while it computed this chunk: JavaScript heap out of memory'],
];

/** Three weeks in which the system is used on working days; on one of them a site did not answer. */
function weeksBefore(): JobFinished['job'][] {
  return Array.from({ length: 21 }, (_, day) => day + 1).flatMap((day) => {
    const isFree = [0, 6].includes(new Date(Date.now() - day * 86_400_000).getUTCDay());
    return Array.from({ length: isFree ? 1 : 5 + ((day * 7) % 6) }, (_, at) => {
      const [kind, , , params] = kinds[(day + at) % 4]!;
      const hasFailed = kind === 'scrape' && (day === 6 || (day + at) % 13 === 0);
      return {
        ...(hasFailed ? failed() : completed()),
        ...(!hasFailed && { result: resultOf[kind] }),
        ...{
          job_id: idOf(700 - day * 20 - at).replace('0199', '0198'),
          kind,
          params: { ...params },
          created_at: ago(day * 86_400 + at * 900),
        },
        duration_sec: { primes: 6, mandelbrot: 14, sum: 0.4, scrape: 40 }[kind] * (1 + ((day * 3 + at * 5) % 9) / 10),
      };
    });
  });
}

export function aDay(stage: StagedGateway): void {
  stage.kinds = kinds.map(([kind, title, description, example]) =>
    aKindRegistration({
      kind,
      title,
      description,
      example: { ...example },
      params_schema: {
        type: 'object',
        properties: Object.fromEntries(
          Object.entries(example).map(([name, value]) => [
            name,
            { type: typeof value === 'number' ? 'number' : 'string', title: name },
          ]),
        ),
      },
    }),
  );
  stage.workers = ['a1', 'b2'].map((name, index) =>
    aWorkerHeartbeat({
      worker: `anvil-471${index + 1}-${name}`,
      host: 'anvil',
      pid: 4711 + index,
      kinds: kinds.map(([kind]) => kind),
      slots: 6,
      busy_slots: 6 - index,
      leases: Array.from({ length: 6 - index }, (_, slot) => ({
        ...{ job_id: idOf(90), lease: `${60 + slot}-1-0`, kind: 'primes', slot, began_at: ago(3) },
      })),
      memory_mb: 212,
      chunks_done: 48_211,
      started_at: ago(7_200),
      beat_at: ago(0),
    }),
  );
  stage.stats = {
    ...quietStats(),
    jobs: { running: 1, pending: 1, completed: 40, failed: 3 },
    chunks_per_sec: 9.7,
    jobs_finished: 1_204,
    dead_letters: 23,
    queues: kinds.map(([kind], index) => ({
      kind,
      lane: 'normal',
      waiting: index === 0 ? 384 : 0,
      in_flight: index === 0 ? 12 : 0,
      redelivered: 0,
    })),
  };
  const rest = Array.from({ length: 40 }, (_, index) => {
    const [kind, , , params] = kinds[index % 4]!;
    const made = [completed, completed, gaps, failed][index % 4 === 3 ? index % 3 : 0]!();
    return {
      ...made,
      job_id: idOf(59 - index),
      kind,
      params: { ...params },
      ...(made.status === 'completed' && made.on_dead_chunk === undefined && { result: resultOf[kind] }),
      created_at: ago(3_000 + index * 240),
      finished_at: ago(3_000 + index * 240 - (2 + ((index * 7) % 31))),
      duration_sec: 2 + ((index * 7) % 31),
    };
  });
  const waiting = {
    ...running(),
    job_id: idOf(95),
    kind: 'mandelbrot',
    params: { width: 1_920, height: 1_080, zoom: 40, x: -0.743, y: 0.131, iterations: 2_000 },
    status: 'pending' as const,
    completed_chunks: 0,
    progress: 0,
    detail: 'Waiting for a coordinator.',
    duration_sec: null,
    eta_sec: null,
    timing: undefined,
    created_at: ago(9),
  };
  for (const job of [...rest, failed(), gaps(), completed(), running(), waiting]) stage.jobs.set(job.job_id, job);
  stage.finished = [...[...stage.jobs.values()].filter(({ finished_at }) => finished_at !== null), ...weeksBefore()];
  lastMinutes(stage, [
    [running(), 9],
    [completed(), 1],
    [{ ...completed(), job_id: idOf(81), created_at: ago(290), kind: 'mandelbrot' }, 22],
  ]);
  stage.letters = causes.flatMap(([kind, code, count, first, messageOf], cause) =>
    Array.from({ length: count }, (_, index) => {
      const job_id = idOf(20 + cause + (index % 3));
      const died_at = ago((count - index) * (count - index) * 700 * (cause + 1));
      const message = messageOf(index);
      return {
        id: `${job_id}-0-${first + index}`,
        job_id,
        kind,
        begin: first + index,
        end: first + index + 1,
        round: 0,
        error: { code, message, retryable: code !== 'compute_refused' },
        runs: ['anvil-4711-a1', 'anvil-4712-b2', 'anvil-4711-a1'].map((worker, at) => ({
          run: at + 1,
          code,
          message,
          worker,
          at: died_at,
        })),
        died_at,
      };
    }),
  );
  const zone = 'Europe/Berlin';
  const tickIso = (ms: number | undefined) => new Date(ms!).toISOString();
  stage.schedules = ['30 6 * * mon-fri', '0 */4 * * *'].map(
    (cron, index) =>
      ({
        schedule_id: newScheduleId(),
        kind: kinds[index]![0],
        params: kinds[index]![3],
        cron,
        time_zone: zone,
        status: 'scheduled',
        ...{ next_run_at: tickIso(nextTick(parseCron(cron), zone, Date.now())), last_job_id: idOf(80) },
        last_run_at: tickIso(lastTickBefore(parseCron(cron), zone, Date.now())),
      }) as unknown as ScheduleView,
  );
}
