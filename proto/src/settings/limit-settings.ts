/** The settings of limits: how often, and how much, one user or one address may ask of all gateways together. Rows of the table in `settings.ts`. */
import { limits } from '../limits.ts';
import * as value from './setting-values.ts';

const readers = ['gateway'] as const;

export const LIMIT_SETTINGS = {
  MANYHANDS_TRUSTED_PROXIES: {
    ...value.networks,
    about:
      'Addresses or networks of the proxies in front of the gateway, separated by commas. Only where a connection comes from one of these is `X-Forwarded-For` read; without it, or from elsewhere, the address of a client is that of its connection. Limits that count by address count by this one.',
    default: '',
    example: '127.0.0.1, 10.0.0.0/8',
    readers,
    wrong: '10.0.0.0/64',
  },
  MANYHANDS_LIMIT_SUBMITS: {
    ...value.rate,
    about:
      'How often one user may submit jobs and schedules, on all gateways together. Without accounts (AUTH=off) it does not apply.',
    default: '10/1m',
    readers,
    wrong: '10',
  },
  MANYHANDS_LIMIT_EXECUTIONS: {
    ...value.rate,
    about:
      'How often one user may run code at `POST /api/submissions/execute`, on all gateways together. Without accounts (AUTH=off) it does not apply.',
    default: '20/1m',
    readers,
    wrong: '20/1d',
  },
  MANYHANDS_LIMIT_DEMO: {
    ...value.rate,
    about: 'How often one address may submit demo jobs, which need no account.',
    default: '5/1m',
    readers,
    wrong: '0/1m',
  },
  MANYHANDS_LIMIT_DEMO_READS: {
    ...value.rate,
    about: 'How often one address may read demo jobs.',
    default: '600/1m',
    readers,
    wrong: 'often',
  },
  MANYHANDS_LIMIT_SHARE_READS: {
    ...value.rate,
    about: 'How often one address may read jobs by share links, which need no account; also without accounts (AUTH=off).',
    default: '600/1m',
    readers,
    wrong: '600',
  },
  MANYHANDS_LIMIT_SIGN_INS: {
    ...value.rate,
    about: 'How often one address may try to sign in to one account, and one user to change the password, right or wrong.',
    default: '5/15m',
    readers,
    wrong: '5/2h',
  },
  MANYHANDS_LIMIT_REGISTRATIONS: {
    ...value.rate,
    about: 'How often one address may try to make an account, signed in or not.',
    default: '10/1h',
    readers,
    wrong: '10/1w',
  },
  MANYHANDS_LIMIT_ADDRESS: {
    ...value.rate,
    about:
      'How many requests one address may send that are not signed in: those refused for want of a good token or key, and those that register or sign in. Signed-in requests, pages and health checks are not counted.',
    default: '100/15m',
    readers,
    wrong: '100/15',
  },
  MANYHANDS_QUOTA_JOBS: {
    ...value.quota(1, 1_000_000, 'jobs'),
    about:
      'Jobs of one user that may be under way at once; jobs that a schedule makes are not refused. Without accounts (AUTH=off) no quota applies, but to demo jobs.',
    default: '100',
    readers,
    wrong: '0',
  },
  MANYHANDS_QUOTA_CHUNKS: {
    ...value.quota(1, 1_000_000_000, 'chunks'),
    about: 'Chunks that all jobs of one user that are under way may have together.',
    default: '2000000',
    readers,
    wrong: 'many',
  },
  MANYHANDS_QUOTA_INPUT_MB: {
    ...value.quota(1, 1_000_000_000, 'megabytes'),
    about: 'Megabytes (of 1,000,000 bytes) that all inputs of one user may take together.',
    default: '2200',
    readers,
    wrong: '1.5',
  },
  MANYHANDS_QUOTA_SCHEDULES: {
    ...value.quota(1, limits.schedulesMax, 'schedules'),
    about: 'Schedules of one user, paused ones included.',
    default: '100',
    readers,
    wrong: '1001',
  },
} as const;
