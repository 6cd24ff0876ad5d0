/**
 * The one table of settings: what may be set in the environment or in `.env`, what it must be, what it is without, and who reads it.
 *
 * Everything else about settings is made from it: the refusals, `.env.example`, docs/settings.md and what `--help` prints. Pure.
 */
import { STORAGE_GB } from '../capacity.ts';
import { KindName, Lane, LANES } from '../ids.ts';
import { limits } from '../limits.ts';
import { RETENTION_HOURS } from '../retention.ts';
import { ACCOUNT_SETTINGS } from './account-settings.ts';
import { FINDERS as finders, NATS_SETTINGS } from './nats-settings.ts';
import { LLM_SETTINGS } from './llm-settings.ts';
import { TRACE_SETTINGS } from './trace-settings.ts';
import { LIMIT_SETTINGS } from './limit-settings.ts';
import { SCRIPT_SETTINGS } from './script-settings.ts';
import * as value from './setting-values.ts';
import type { SettingValue } from './setting-values.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Slots of one compute process: each is a thread, which takes some 40 MB. */
const SLOTS_MAX = 256;

/** Seconds that what a worker computes has to end, once the worker is ordered to stop. */
const DRAIN_WITHIN_MAX = 86_400;

/** Who reads settings, as refusals and pages name them. `start` is `npm start`, `npm run demo` and `npm run dev`, which check what the services read, too. */
export const READERS = {
  start: 'npm start',
  setup: 'npm run setup',
  gateway: 'The gateway',
  coordinator: 'The coordinator',
  compute: 'Compute',
  metrics: 'Metrics',
  bench: 'npm run bench',
  chaos: 'npm run chaos',
  cli: 'manyhands',
  test: 'npm test',
} as const;
export type Reader = keyof typeof READERS;

export interface Setting<Value = unknown> extends SettingValue<Value> {
  /** What it decides, for users. */
  readonly about: string;
  readonly readers: readonly Reader[];
  /** As it would be written. */
  readonly default?: string;
  /** What happens without it, where its default does not state it. */
  readonly unset?: string;
  /** A value an operator may choose; unset: the default. */
  readonly example?: string;
  /** A value that is refused: each is tried, on each command that reads it. */
  readonly wrong: string;
  /** Its value may hold a password or a token, and is never printed. */
  readonly secret?: true;
  /** All services of one system must be given the same. */
  readonly shared?: true;
}

const allServices = ['gateway', 'coordinator', 'compute', 'metrics'] as const;

export const SETTINGS = {
  ...NATS_SETTINGS,
  HOST: {
    ...value.host,
    about:
      'Address that the gateway listens on, and the HEALTH_PORT of all services: 127.0.0.1 is reached from this machine, 0.0.0.0 from others, too.',
    default: '127.0.0.1',
    readers: allServices,
    wrong: 'http://localhost:8000',
  },
  PORT: {
    ...value.wholeNumber(1, 65_535),
    about: 'Port of the dashboard, REST, live updates and the docs.',
    default: '8000',
    readers: ['gateway'],
    wrong: 'http',
  },
  ...ACCOUNT_SETTINGS,
  MANYHANDS_WORKER_KILL: {
    ...value.oneOf('on', 'off'),
    about:
      'Whether the landing page of a system that `npm start` runs for this machine alone has a button that ends a worker process (`POST /v1/local/kill-worker`), to watch that the count stays right. With AUTH=on, a HOST that other machines reach, MANYHANDS_ORIGINS or MANYHANDS_TRUSTED_PROXIES there is neither.',
    default: 'on',
    readers: ['gateway'],
    wrong: 'maybe',
  },
  HEALTH_PORT: {
    ...value.wholeNumber(1, 65_535),
    about:
      'Port on which a process answers /healthz, /readyz and /metrics, without a sign-in. The gateway answers them on PORT as well, where AUTH=on shows /metrics to administrators alone. `npm start` looks after its services itself, and gives them none.',
    unset: 'none',
    example: '8001',
    readers: allServices,
    wrong: '-1',
  },
  MANYHANDS_ORIGINS: {
    ...value.origins,
    about:
      'Addresses besides its own that people open the gateway under, separated by commas: scheme, host, and port where it is not the default one. List what a proxy, a tunnel or a name inside a cluster shows them; behind a proxy that ends TLS that is the https address. A request to another host is answered 421, one from a page elsewhere 403. Pages of these addresses may also use the API from a browser (CORS): with an API key or an access token, and without cookies. Localhost and loopback addresses with our port are always known; and when HOST is not loopback, every address in numbers and the name of this machine. Headers like X-Forwarded-Host are not read.',
    default: '',
    example: 'https://dashboard.example',
    readers: ['gateway'],
    wrong: 'dashboard.example',
  },
  ...LIMIT_SETTINGS,
  MANYHANDS_WEB: {
    ...value.path('the path of a folder'),
    about: 'Folder of the built dashboard; a relative one counts from the folder the process runs in.',
    unset: 'web/build of the project',
    example: 'web/build',
    readers: ['gateway'],
    wrong: 'no/such/folder',
  },
  MANYHANDS_HOME: {
    ...value.path('the path of a folder'),
    about: 'Folder of all data: streams, history, and the downloaded nats-server.',
    default: '.manyhands',
    readers: ['metrics', ...finders],
    wrong: 'package.json',
  },
  MANYHANDS_SLOTS: {
    ...value.wholeNumber(1, SLOTS_MAX),
    about: 'Chunks that one compute process computes at once, each in a thread of its own.',
    unset: 'one per core',
    example: '2',
    readers: ['compute'],
    wrong: '500',
  },
  MANYHANDS_DRAIN_WITHIN: {
    ...value.number(0, DRAIN_WITHIN_MAX, 'a number of seconds'),
    about:
      'Seconds that running chunks have to end when a compute process is ordered to stop; the rest is handed over to other workers and counts against no chunk. Whatever stops the process must wait two seconds longer before it kills it.',
    default: '8',
    readers: ['compute'],
    wrong: '86401',
  },
  MANYHANDS_KINDS: {
    ...value.listOf(KindName, 'kinds separated by commas, like primes,sum'),
    about: 'Kinds that one compute process serves.',
    unset: 'all',
    example: 'primes,sum',
    readers: ['compute'],
    wrong: 'Primes',
  },
  MANYHANDS_KIND_MODULES: {
    ...value.paths('paths of modules or patterns like kinds/**/*.ts, separated by commas'),
    about:
      'Modules of your own kinds that one compute process serves: TypeScript or JavaScript files that export what defineTask returns. A relative path counts from the folder the process runs in. The word `builtin` stands for the kinds that come with Manyhands.',
    default: 'builtin',
    example: 'builtin,kinds/**/*.ts',
    readers: ['compute'],
    wrong: ',',
  },
  MANYHANDS_OUTSIDE_ALLOW: {
    ...value.outsidePlaces,
    about:
      'Where jobs of the kinds `http`, `scrape` and `webhook` may go, besides public hosts at ports 80 and 443: hosts, hosts with a port, and networks, separated by commas. `*.` before a host stands for each host below it, `*:8443` for each public host at that port. Every client that may submit jobs reaches them.',
    default: '',
    example: 'api.internal.example:8443,10.0.0.0/8',
    readers: ['compute'],
    wrong: 'http://api.example',
  },
  MANYHANDS_HTTP_SECRETS: {
    ...value.secretUses,
    about:
      'Secrets that jobs of the kind `http` may name in their headers, and that webhooks are signed with: names of variables in the environment of compute, each with the host that it may be sent to (`*.` before it: each host below it; `*`: any). A job sees only the name.',
    default: '',
    example: 'API_KEY@api.example',
    readers: ['compute'],
    wrong: 'API_KEY',
  },
  ...SCRIPT_SETTINGS,
  ...LLM_SETTINGS,
  MANYHANDS_LANES: {
    ...value.listOf(Lane, `lanes separated by commas, out of ${LANES.join(', ')}`),
    about: 'Lanes (priorities) that one compute process serves.',
    unset: 'all',
    example: 'high,normal,low',
    readers: ['compute'],
    wrong: 'low,urgent',
  },
  MANYHANDS_LEASE_CHUNKS_MAX: {
    ...value.wholeNumber(1, limits.chunkCountMax, ' of chunks'),
    about:
      'Most chunks that are handed to a slot at once, which are as many as take about 150 ms. With 1 every chunk is a message of its own: that costs far more per chunk, and a worker that dies loses no more than one.',
    default: String(limits.chunkCountMax),
    readers: ['coordinator'],
    wrong: '0',
  },
  MANYHANDS_REPLICAS: {
    ...value.replicas,
    about: 'Copies of each stream: 1, or 3 on a cluster.',
    default: '1',
    readers: allServices,
    wrong: '2',
    shared: true,
  },
  MANYHANDS_RETENTION_HOURS: {
    ...value.wholeNumber(RETENTION_HOURS.min, RETENTION_HOURS.max, ' of hours'),
    about:
      'Hours that a finished job is kept: its view, its state, each message of its mailbox. A service that starts with another number changes it on the server.',
    default: String(RETENTION_HOURS.default),
    readers: allServices,
    wrong: '0',
    shared: true,
  },
  MANYHANDS_STORAGE_GB: {
    ...value.number(STORAGE_GB.min, STORAGE_GB.max, 'a number of gigabytes'),
    about: `Gigabytes (of 1024^3 bytes) that all streams and buckets may take together. ${STORAGE_GB.default} carry ten small jobs a second around the clock; more carry more in proportion, and so does a shorter retention. A service that starts with another number changes it on the server.`,
    default: String(STORAGE_GB.default),
    readers: [...allServices, 'start'],
    wrong: 'all',
    shared: true,
  },
  DATABASE_URL: {
    ...value.postgresUrl,
    about:
      'Address of the PostgreSQL database (13 or newer) that keeps the history of finished jobs, in the schema `manyhands`, which is made at the first start. What it must be able to do: docs/operations/history.md.',
    unset: 'a SQLite file in MANYHANDS_HOME',
    example: 'postgres://manyhands:password@127.0.0.1:5432/manyhands',
    readers: ['metrics'],
    wrong: 'mysql://bob:s3cret@db/history',
    secret: true,
  },
  MANYHANDS_HISTORY_DAYS: {
    ...value.wholeNumber(1, 9_999, ' of days'),
    about: 'Days that finished jobs stay in SQL history, with their rounds, dead letters and logs.',
    default: '90',
    readers: ['metrics'],
    wrong: 'forever',
  },
  MANYHANDS_LOG_LEVEL: {
    ...value.oneOf(...LOG_LEVELS),
    about: 'Log entries from which level on are printed.',
    default: 'info',
    readers: allServices,
    wrong: 'loud',
  },
  ...TRACE_SETTINGS,
  MANYHANDS_URL: {
    ...value.addresses('an address like http://127.0.0.1:8000', /^https?:\/\//i),
    about: 'The system that the command `manyhands` uses.',
    unset:
      'the profile of `manyhands config use`, else the system that runs in this folder or one above it, else http://127.0.0.1:8000',
    example: 'http://127.0.0.1:8000',
    readers: ['cli'],
    wrong: 'localhost',
  },
  MANYHANDS_TOKEN: {
    ...value.token,
    about: 'Sent by the command `manyhands` with each request as `Authorization: Bearer`, for a proxy in front of the gateway.',
    unset: 'none is sent',
    example: 'a-long-secret',
    readers: ['cli'],
    wrong: 'two words',
    secret: true,
  },
  MANYHANDS_CHROMIUM: {
    ...value.path('the path of a Chromium program'),
    about: 'Chromium for the tests in a browser.',
    unset: 'the first that is installed, or one that is downloaded',
    example: '/usr/bin/chromium',
    readers: ['test'],
    wrong: 'no/such/chromium',
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

type ValueOf<Row> = Row extends SettingValue<infer Value> ? (Row extends { default: string } ? Value : Value | undefined) : never;
export type Settings<Name extends SettingName = SettingName> = { [N in Name]: ValueOf<(typeof SETTINGS)[N]> };
/** Names of the settings that one reader reads. */
export type NamesReadBy<R extends Reader> = {
  [N in SettingName]: R extends (typeof SETTINGS)[N]['readers'][number] ? N : never;
}[SettingName];

export function namesReadBy<R extends Reader>(reader: R): NamesReadBy<R>[] {
  return SETTING_NAMES.filter((name) => (SETTINGS[name].readers as readonly Reader[]).includes(reader)) as NamesReadBy<R>[];
}
