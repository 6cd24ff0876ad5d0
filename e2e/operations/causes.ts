/** What each alert of deploy/observe is for, made to happen in a real system, and undone. */
import type { ChildProcess } from 'node:child_process';
import { readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { vi } from 'vitest';
import type { MoodyWorker } from '../fixture/moody-worker.ts';
import { rest } from '../fixture/rest.ts';
import type { ProcessName, System } from '../fixture/system.ts';
import { smallDiskOf } from './small-disk.ts';

export interface Cause {
  what: string;
  /** What fires, and nothing else does. */
  alerts: readonly string[];
  make(): Promise<void>;
  undo(): Promise<void>;
  /** Not together with others: nothing is known of the system meanwhile, or it takes long to show. */
  alone?: true;
}

/** A clock that is three seconds ahead, for a process of Node. */
const aheadOfTime = `data:text/javascript,${encodeURIComponent(
  'const D=Date;globalThis.Date=class extends D{constructor(...a){a.length?super(...a):super(D.now()+3000)}static now(){return D.now()+3000}}',
)}`;

/** Longer than a coordinator's request for messages waits at the server. */
const pullMs = 4_000;

/** Jobs whose messages are more than may wait in the mailboxes. */
const many = 1_100;

/** `worker`: one that was started beside those of the system. */
export function causesIn(system: System, moody: MoodyWorker, worker: ChildProcess): Cause[] {
  const api = rest(system.baseUrl);
  const disk = smallDiskOf(system.pid, system.home);
  const signal = (name: ProcessName, what: NodeJS.Signals): void => system.pids(name).forEach((pid) => process.kill(pid, what));
  /** All processes of a service stand still, and go on. */
  const still = (name: ProcessName) => ({
    make: () => Promise.resolve(signal(name, 'SIGSTOP')),
    undo: () => Promise.resolve(signal(name, 'SIGCONT')),
  });
  const workers = async (): Promise<number> => (await api.get('/readyz')).json.checks.workers as number;
  let stopped: Promise<void> | undefined;
  const stopMoody = (): Promise<void> => (stopped ??= moody.stop());
  let input = '';
  let waiting = '';
  const configFile = disk.path('nats-server.conf');
  const config = readFileSync(configFile, 'utf8');
  /** nats-server reads what its clients may do from now on. */
  const permit = (text: string): void => {
    writeFileSync(configFile, text);
    signal('nats-server', 'SIGHUP');
  };
  let ahead: ChildProcess | undefined;
  const joined = (): ChildProcess[] => [worker, ...(ahead ? [ahead] : [])];
  return [
    {
      what: 'a worker on a machine whose clock is ahead',
      alerts: ['ManyhandsClocksDiffer'],
      async make() {
        const before = await workers();
        ahead = system.join('compute', { NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import ${aheadOfTime}` });
        await vi.waitFor(
          async () => {
            if ((await workers()) === before) throw new Error('the worker has not appeared');
          },
          { timeout: 20_000 },
        );
      },
      undo: async () => void ahead?.kill(),
    },
    {
      what: 'chunks that fail on every try',
      alerts: ['ManyhandsDeadLettersGrow'],
      async make() {
        const job = await api.submit({
          kind: 'moody',
          params: { fail: [2], mended: '/nowhere/at/all' },
          chunks: 4,
          max_attempts: 1,
        });
        await api.finish(job);
      },
      // In a quarter of an hour they are no news.
      undo: () => Promise.resolve(),
    },
    {
      what: 'a job of a kind that no worker computes any more',
      alerts: ['ManyhandsKindWithoutSlots'],
      async make() {
        await stopMoody();
        waiting = await api.submit({ kind: 'moody', params: { fail: [], mended: '' }, chunks: 4 });
      },
      undo: async () => void (await api.delete(`/v1/jobs/${waiting}`)),
    },
    {
      what: 'inputs that take most of the room for inputs',
      alerts: ['ManyhandsStoreNearFull'],
      alone: true,
      async make() {
        const body = Buffer.alloc(10 * 1024 ** 2, `"${'x'.repeat(1_021)}"\n`);
        const answer = await fetch(`${system.baseUrl}/v1/inputs?form=ndjson`, { method: 'POST', body });
        input = ((await answer.json()) as { input_id: string }).input_id;
      },
      undo: async () => void (await api.delete(`/v1/inputs/${input}`)),
    },
    {
      what: 'a disk that is nearly full',
      alerts: ['ManyhandsDiskNearFull'],
      async make() {
        const { bavail, blocks, bsize } = statfsSync(disk.path('.'));
        writeFileSync(disk.path('ballast'), Buffer.alloc(bsize * Math.floor(bavail - blocks * 0.08)));
      },
      undo: async () => rmSync(disk.path('ballast')),
    },
    {
      what: 'workers that stand still',
      alerts: ['ManyhandsNoWorker'],
      alone: true,
      async make() {
        await stopMoody();
        signal('compute', 'SIGSTOP');
        for (const worker of joined()) worker.kill('SIGSTOP');
      },
      undo: async () => {
        signal('compute', 'SIGCONT');
        for (const worker of joined()) worker.kill('SIGCONT');
      },
    },
    {
      what: 'coordinators that stand still while jobs come in',
      alerts: ['ManyhandsMailboxLags', 'ManyhandsNoCoordinator', 'ManyhandsPartitionWithoutOwner'],
      async make() {
        signal('coordinator', 'SIGSTOP');
        const body = { kind: 'sum', params: { n: 10 }, chunks: 1 };
        const submitting = Array.from({ length: 10 }, async () => {
          for (let job = 0; job < many / 10; job += 1) await api.submit(body);
        });
        await Promise.all(submitting);
      },
      undo: still('coordinator').undo,
    },
    {
      what: 'coordinators that may not take what waits in the mailboxes any more',
      alerts: ['ManyhandsPartitionStuck', 'ManyhandsPartitionWithoutOwner'],
      alone: true,
      async make() {
        permit(config.replaceAll('CONSUMER.MSG.NEXT.MAILBOX', 'CONSUMER.MSG.NEXT.NOTHING'));
        // What they had asked for before is over by then.
        await pause(pullMs);
        for (let job = 0; job < 40; job += 1) await api.submit({ kind: 'sum', params: { n: 10 }, chunks: 1 });
      },
      undo: () => Promise.resolve(permit(config)),
    },
    { what: 'a metrics service that stands still', alerts: ['ManyhandsNotObserved'], alone: true, ...still('metrics') },
    {
      what: 'a NATS that stands still',
      alerts: ['ManyhandsNotObserved', 'ManyhandsStoresNothing'],
      alone: true,
      ...still('nats-server'),
    },
  ];
}
