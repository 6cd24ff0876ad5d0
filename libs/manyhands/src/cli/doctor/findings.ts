/** What a doctor concludes from what a system answers. Pure. */
import { nodeRefusal } from '@manyhands/observe/node-version';
import type { QueueStats } from '@manyhands/proto';
import type { Kind, Readiness, Worker } from '@manyhands/sdk';

export interface Finding {
  /** `wrong`: jobs are not computed. */
  state: 'ok' | 'warning' | 'wrong';
  what: string;
  /** A sentence: what is seen, then what to do. */
  detail: string;
}

export interface Observed {
  url: string;
  by: string;
  node: string;
  answers: boolean;
  /** The clock of the gateway, of its header. */
  date: string | undefined;
  askedAtMs: number;
  answeredAtMs: number;
  readiness: Readiness | undefined;
  kinds: readonly Kind[] | undefined;
  workers: readonly Worker[] | undefined;
  queues: QueueStats | undefined;
  /** Why some of it was not answered: nothing shows who asks (401), or it is not for them (403). */
  refused?: 401 | 403;
}

/** A header states whole seconds, and a request takes a while. */
const clockToleranceMs = 3_000;

export function findings(observed: Observed): Finding[] {
  const { node, url, by, answers } = observed;
  const found: Finding[] = [
    nodeRefusal(node) === undefined
      ? { state: 'ok', what: 'node', detail: node }
      : { state: 'wrong', what: 'node', detail: `${node} is too old: install Node 24 or newer.` },
  ];
  if (!answers) {
    const detail = `Nothing answers at ${url} (${how(by)}). Start a system with "npx manyhands dev", or name another with --url.`;
    return [...found, { state: 'wrong', what: 'gateway', detail }];
  }
  return [
    ...found,
    { state: 'ok', what: 'gateway', detail: `answers at ${url} (${how(by)})` },
    ...ofSystem(observed),
    ...ofKinds(observed),
    ...ofQueues(observed),
    ...ofClocks(observed),
  ];
}

function ofSystem({ readiness }: Observed): Finding[] {
  const checks = readiness?.checks;
  if (!checks)
    return [
      {
        state: 'wrong',
        what: 'readiness',
        detail: readiness?.detail ?? 'The gateway does not state its readiness: it ends, or is another program.',
      },
    ];
  const stuck = (checks.stuck_partitions ?? []).map(({ partition, for_sec: sec, why }): Finding => ({
    state: 'wrong',
    what: 'partition',
    detail: `${partition} is stuck for ${Math.round(sec)} s: ${why}`,
  }));
  const drift = (checks.troubles ?? []).map(({ what, problem, mended }): Finding => ({
    state: mended ? 'warning' : 'wrong',
    what: 'drift',
    detail: `${what}: ${problem}${mended ? ' (it is mended)' : ''}`,
  }));
  return [
    checks.nats
      ? { state: 'ok', what: 'nats', detail: 'answers' }
      : { state: 'wrong', what: 'nats', detail: 'does not answer the gateway: is nats-server running, and NATS_URL right?' },
    checks.storage
      ? { state: 'ok', what: 'storage', detail: 'stores what it is sent' }
      : {
          state: 'wrong',
          what: 'storage',
          detail: 'NATS stores nothing: is its disk or a stream full, or a stream without a leader?',
        },
    checks.coordinators > 0
      ? { state: 'ok', what: 'coordinators', detail: String(checks.coordinators) }
      : { state: 'wrong', what: 'coordinators', detail: 'none is live: no job makes progress. Start one.' },
    checks.workers > 0
      ? { state: 'ok', what: 'workers', detail: String(checks.workers) }
      : { state: 'wrong', what: 'workers', detail: 'none is live: nothing is computed. Start one with "npx manyhands worker".' },
    ...stuck,
    ...drift,
  ];
}

function ofKinds({ kinds = [], workers = [] }: Observed): Finding[] {
  const idle = kinds
    .filter(({ live_workers: live }) => live === 0)
    .map(({ kind }): Finding => ({
      state: 'warning',
      what: 'kind',
      detail: `no live worker computes ${kind}: its jobs wait. Start one, or remove it: manyhands kinds rm ${kind}`,
    }));
  const builds = new Map<string, Set<string>>();
  for (const { builds: own = {} } of workers)
    for (const [kind, build] of Object.entries(own)) builds.set(kind, (builds.get(kind) ?? new Set()).add(build));
  const several = [...builds]
    .filter(([, each]) => each.size > 1)
    .map(([kind, each]): Finding => ({
      state: 'warning',
      what: 'kind',
      detail: `${each.size} builds of ${kind} are live, and their answers may differ. End the old workers, or raise its version.`,
    }));
  return [...idle, ...several];
}

function ofQueues({ queues, refused }: Observed): Finding[] {
  if (!queues && refused !== undefined)
    return [
      {
        state: 'warning',
        what: 'access',
        detail:
          refused === 401
            ? 'You are not signed in, so kinds, workers and queues are not known: manyhands login'
            : 'Workers and queues are shown to administrators alone, so they are not known.',
      },
    ];
  if (!queues)
    return [
      { state: 'warning', what: 'metrics', detail: 'The metrics service does not answer: queues and history are not known.' },
    ];
  const dead = queues.dead_letters;
  return [
    dead === 0
      ? { state: 'ok', what: 'dead letters', detail: 'none' }
      : {
          state: 'warning',
          what: 'dead letters',
          detail: `${dead}: see them with "manyhands dead", try them again with "manyhands requeue"`,
        },
  ];
}

function ofClocks({ date, askedAtMs, answeredAtMs }: Observed): Finding[] {
  const theirs = Date.parse(date ?? '');
  if (Number.isNaN(theirs)) return [];
  const offMs = theirs < askedAtMs ? askedAtMs - theirs : Math.max(0, theirs - answeredAtMs);
  return offMs <= clockToleranceMs
    ? [{ state: 'ok', what: 'clocks', detail: 'this machine and the gateway agree' }]
    : [
        {
          state: 'warning',
          what: 'clocks',
          detail: `this machine and the gateway differ by ${Math.round(offMs / 1_000)} s: times and schedules are off. Set both by NTP.`,
        },
      ];
}

function how(by: string): string {
  const ways: Record<string, string> = {
    option: '--url',
    setting: 'MANYHANDS_URL',
    profile: 'the profile',
    folder: 'it runs in this folder',
    usual: 'the usual address',
  };
  return ways[by] ?? by;
}
