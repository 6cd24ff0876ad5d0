/** What the pictures of the dashboard show: a system in the middle of a working day, of made-up jobs. */
import { newScheduleId, type JobView, type ScheduleView } from '@manyhands/proto';
import { aJobView, aKindRegistration, aWorkerHeartbeat } from '@manyhands/testkit';
import type { Page } from 'playwright-core';
import { StagedAccounts } from '../fixture/staged-accounts.ts';
import { quietStats } from '../fixture/staged-answers.ts';
import type { StagedGateway } from '../fixture/staged-gateway.ts';

export interface Scene {
  name: string;
  path: string;
  /** What must be seen before the picture is taken. */
  ready: (page: Page) => Promise<unknown>;
  /** Whether accounts are on; `in`: an administrator is signed in. */
  accounts?: 'out' | 'in';
  /** Whether all of the page is in the picture, however high; unless false. */
  whole?: boolean;
  /** What the gateway has, other than the working day. */
  prepare?: (stage: StagedGateway) => void;
}

const idOf = (number: number): string =>
  `0199${String(number).padStart(4, '0')}-7d44-7c11-8f3b-0a1b2c3d${String(4096 + number * 37)}`;
const ago = (seconds: number): string => new Date(Date.now() - seconds * 1_000).toISOString();

export const email = 'ada@example.org';
export const password = 'a long enough password';

const running = (): JobView =>
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
  rate: null,
  eta_sec: null,
  retries: 0,
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

function aDay(stage: StagedGateway): void {
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
      memory_mb: 212,
      chunks_done: 48_211,
      started_at: ago(7_200),
      beat_at: ago(0),
    }),
  );
  stage.stats = {
    ...quietStats(),
    jobs: { running: 2, pending: 1, completed: 40, failed: 3 },
    chunks_per_sec: 9.7,
    jobs_finished: 1_204,
    dead_letters: 12,
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
      created_at: ago(3_000 + index * 240),
      duration_sec: 2 + ((index * 7) % 31),
    };
  });
  const waiting = {
    ...running(),
    job_id: idOf(95),
    kind: 'mandelbrot',
    status: 'pending' as const,
    completed_chunks: 0,
    progress: 0,
    detail: 'Waiting for a coordinator.',
  };
  for (const job of [...rest, failed(), gaps(), completed(), running(), waiting]) stage.jobs.set(job.job_id, job);
  stage.finished = [...stage.jobs.values()].filter(({ finished_at }) => finished_at !== null);
  stage.letters = causes.flatMap(([kind, code, count, first, messageOf], cause) =>
    Array.from({ length: count }, (_, index) => {
      const job_id = idOf(20 + cause + (index % 3));
      return {
        id: `${job_id}-0-${first + index}`,
        job_id,
        kind,
        begin: first + index,
        end: first + index + 1,
        round: 0,
        error: { code, message: messageOf(index), retryable: code !== 'compute_refused' },
        runs: [],
        died_at: ago((count - index) * (count - index) * 700 * (cause + 1)),
      };
    }),
  );
  stage.schedules = ['30 6 * * mon-fri', '0 */4 * * *'].map(
    (cron, index) =>
      ({
        schedule_id: newScheduleId(),
        kind: kinds[index]![0],
        params: kinds[index]![3],
        cron,
        time_zone: 'Europe/Berlin',
        status: 'scheduled',
        next_run_at: ago(-40_000),
        last_job_id: idOf(80),
        last_run_at: ago(400),
      }) as unknown as ScheduleView,
  );
}

const heading = (name: string) => (page: Page) => page.getByRole('heading', { name, exact: true }).first().waitFor();
const map = (page: Page) => page.getByRole('img', { name: /^Chunk map/ }).waitFor();
const text = (words: string) => (page: Page) => page.getByText(words).first().waitFor();

/** Every page, some in several states. */
export const scenes: readonly Scene[] = [
  { name: 'landing', path: '/', accounts: 'out', ready: text('Try it') },
  { name: 'sign-in', path: '/sign-in', accounts: 'out', ready: heading('Sign in') },
  { name: 'register', path: '/register', accounts: 'out', ready: heading('Create an account') },
  { name: 'new', path: '/new', ready: text('Start the job') },
  { name: 'jobs', path: '/jobs', ready: text('Completed with gaps'), whole: false },
  { name: 'jobs-empty', path: '/jobs', ready: text('No jobs yet'), prepare: (stage) => stage.jobs.clear() },
  { name: 'job-running', path: `/jobs/${idOf(90)}`, ready: map },
  { name: 'job-completed', path: `/jobs/${idOf(80)}`, ready: map },
  { name: 'job-gaps', path: `/jobs/${idOf(70)}`, ready: map },
  { name: 'failures', path: '/failures', ready: text('answered 503') },
  {
    name: 'failures-open',
    path: '/failures?kind=scrape&text=503',
    ready: async (page) => {
      await page
        .getByRole('button', { name: /^Chunks/ })
        .first()
        .click();
      await page
        .getByRole('button', { name: /^Chunk 2/ })
        .first()
        .waitFor();
    },
  },
  { name: 'history', path: '/history', ready: text('50,847,534') },
  { name: 'workers', path: '/workers', ready: heading('Add a worker') },
  { name: 'operations', path: '/operations', ready: heading('Operations') },
  { name: 'schedules', path: '/schedules', ready: text('Europe/Berlin') },
  { name: 'docs', path: '/docs', accounts: 'out', ready: heading('Docs') },
  { name: 'docs-page', path: '/docs/simple-kinds', ready: heading('Write a kind like sum'), whole: false },
  { name: 'account', path: '/account', accounts: 'in', ready: heading('Account') },
  {
    name: 'find',
    whole: false,
    path: '/jobs',
    ready: async (page) => {
      await text('Completed with gaps')(page);
      await page.keyboard.press('Control+k');
      await page.getByPlaceholder('A job by id').fill('pri');
    },
  },
];

export function setScene(stage: StagedGateway, { accounts, prepare }: Scene): void {
  stage.jobs.clear();
  aDay(stage);
  const users = accounts ? new StagedAccounts() : null;
  users?.add(email, password, 'admin');
  stage.accounts = users;
  prepare?.(stage);
}
