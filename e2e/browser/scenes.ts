/** What the pictures of the dashboard show: every page, of a system in the middle of a working day. */
import type { JobView } from '@manyhands/proto';
import type { Page } from 'playwright-core';
import { StagedAccounts } from '../fixture/staged-accounts.ts';
import type { StagedGateway } from '../fixture/staged-gateway.ts';
import { aDay, idOf, running } from './working-day.ts';

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

export const email = 'ada@example.org';
export const password = 'a long enough password';

const heading = (name: string) => (page: Page) => page.getByRole('heading', { name, exact: true }).first().waitFor();
const map = (page: Page) => page.getByRole('img', { name: /^Chunk map/ }).waitFor();
const text = (words: string) => (page: Page) => page.getByText(words).first().waitFor();

/** Every page, some in several states. */
export const scenes: readonly Scene[] = [
  { name: 'landing', path: '/', accounts: 'out', ready: text('Try it') },
  { name: 'sign-in', path: '/sign-in', accounts: 'out', ready: heading('Sign in') },
  { name: 'register', path: '/register', accounts: 'out', ready: heading('Create an account') },
  {
    name: 'welcome',
    path: '/welcome',
    ready: async (page) => {
      await page.getByRole('button', { name: 'Start' }).click();
      await text('211 of 400')(page);
      await page.getByRole('button', { name: 'Kill a worker' }).click();
      await text('was ended with SIGKILL')(page);
    },
    prepare: (stage) => {
      stage.killsWorkers = true;
      const chunks = { done: [[0, 211]], leased: [[211, 223]], failed: [], coarse: false } satisfies JobView['chunks'];
      stage.accepts = { ...running(), total_chunks: 400, completed_chunks: 211, progress: 0.53, chunks };
    },
  },
  {
    name: 'new',
    path: '/new',
    ready: text('from 9 like it'),
    prepare: (stage) => {
      stage.estimate = { jobs: 9, slots: 12, sec: 41, least_sec: 33, most_sec: 52, work_sec: 480 };
    },
  },
  {
    name: 'new-empty',
    path: '/new',
    ready: text('Nothing can be computed yet'),
    prepare: (stage) => void ([stage.kinds, stage.workers] = [[], []]),
  },
  { name: 'jobs', path: '/jobs', ready: text('Completed with gaps'), whole: false },
  { name: 'jobs-empty', path: '/jobs', ready: text('No jobs yet'), prepare: (stage) => stage.jobs.clear() },
  { name: 'job-running', path: `/jobs/${idOf(90)}`, ready: map },
  { name: 'job-completed', path: `/jobs/${idOf(80)}`, ready: map },
  { name: 'job-gaps', path: `/jobs/${idOf(70)}`, ready: map },
  {
    name: 'job-lanes',
    path: `/jobs/${idOf(90)}?tab=lanes`,
    ready: (page) => page.getByRole('application', { name: /^Lanes of 12 slots/ }).waitFor(),
  },
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
  {
    name: 'failures-one',
    path: '/failures',
    ready: text('Attempt 2'),
    prepare: (stage) => void (stage.letters = stage.letters.slice(-1)),
  },
  { name: 'history', path: '/history', ready: text('50,847,534') },
  { name: 'workers', path: '/workers', ready: heading('Add a worker') },
  {
    name: 'worker',
    path: '/workers/anvil-4711-a1',
    ready: (page) => page.getByRole('img', { name: /^Memory over the last minutes: now/ }).waitFor(),
  },
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
  stage.killsWorkers = false;
  stage.accepts = null;
  aDay(stage);
  const users = accounts ? new StagedAccounts() : null;
  users?.add(email, password, 'admin');
  stage.accounts = users;
  prepare?.(stage);
}
