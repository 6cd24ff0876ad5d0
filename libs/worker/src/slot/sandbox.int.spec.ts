import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bubblewrapArgs, findBubblewrap, openSandbox, threadArgs, type Sandbox } from './confinement.ts';
import { rootsOf } from './sandbox-roots.ts';
import { GuardedSlot } from './guarded-slot.ts';
import { ProcessHosts } from './slot-process.ts';
import { aSlotBounds } from './slot-bounds.fixture.ts';

const module = new URL('../../trial/sandboxed-kinds.ts', import.meta.url).href;
const one = { op: 'compute', attempt: 1, jobId: 'job', begin: 0, end: 1, total: 1 } as const;
const patience = { softLimitMs: 60_000, hardLimitMs: 60_000 };
const bubblewrap = findBubblewrap();
let slot: GuardedSlot;
let folder: string;
let server: Server;
let watching: NodeJS.Timeout;

async function open(sandbox: Sandbox | undefined): Promise<void> {
  const bounds = { ...aSlotBounds(), partial: { bytesMax: 10_000, depthMax: 10 }, inlinePartialBytesMax: 10_000 };
  slot = new GuardedSlot({ index: 0, kindModules: [{ address: module }], bounds, idle: () => {}, ...(sandbox && { sandbox }) });
  await slot.start();
  watching = setInterval(() => slot.watch(performance.now()), 20);
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'manyhands-sandbox-'));
  writeFileSync(join(folder, 'secret'), 'hush');
  server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.env['MANYHANDS_TEST_CANARY'] = 'hush';
});
afterEach(async () => {
  clearInterval(watching);
  delete process.env['MANYHANDS_TEST_CANARY'];
  await slot?.close();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function probe(job = 'job'): Promise<Record<string, unknown>> {
  const { port } = server.address() as AddressInfo;
  const params = { secret: join(folder, 'secret'), written: join(folder, 'written'), port, pid: process.pid };
  const outcome = await slot.run('probing', params, one, patience, false, job);
  expect(outcome).toMatchObject({ is: 'computed', failed: [] });
  return JSON.parse((outcome as { partial: string }).partial) as Record<string, unknown>;
}

const ENV = ['MANYHANDS_SANDBOXED', 'MANYHANDS_SCRIPT_SECONDS', 'NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE'];
const alone = {
  read: 'ERR_ACCESS_DENIED',
  passwords: 'ERR_ACCESS_DENIED',
  wrote: 'ERR_ACCESS_DENIED',
  ran: 'ERR_ACCESS_DENIED',
  threaded: 'ERR_ACCESS_DENIED',
  evaluated: 'EvalError',
};
const env = { MANYHANDS_SCRIPT_SECONDS: '1' };

it('without bubblewrap native code finds no environment, no files and no programs', async () => {
  await open(openSandbox({ bubblewrap: 'off', env }));
  const found = await probe();
  expect(found).toMatchObject(alone);
  expect(ENV).toEqual(expect.arrayContaining(found['env'] as string[]));
  expect(existsSync(join(folder, 'written'))).toBe(false);
});

it.skipIf(bubblewrap === undefined)('with bubblewrap it finds no network and no other process either', async () => {
  await open(openSandbox({ env }));
  expect(await probe()).toMatchObject({ ...alone, signalled: 'ESRCH', reached: 'ECONNREFUSED' });
});

it.skipIf(bubblewrap === undefined)('one that is ended while it starts leaves no process', async () => {
  const mark = randomUUID();
  const hosts = new ProcessHosts({ ...openSandbox({ env: { MANYHANDS_TEST_MARK: mark } }), bubblewrap: bubblewrap!, module });
  for (let waitedMs = 0; waitedMs < 24; waitedMs += 3) {
    const host = hosts.open({ kindModules: [] } as never, { report: () => {}, ended: () => {} });
    await later(waitedMs);
    await host.end();
  }
  hosts.close();
  await vi.waitFor(() => expect(marked(mark)).toEqual([]), { timeout: 5_000, interval: 20 });
});

it.skipIf(bubblewrap === undefined)('all of its processes are of the one group that is ended', async () => {
  const mark = randomUUID();
  await open(openSandbox({ env: { ...env, MANYHANDS_TEST_MARK: mark } }));
  await probe();
  const pids = marked(mark);
  // Bubblewrap, the first process of the namespace, and Node.
  expect(pids.length).toBe(3);
  expect(new Set(pids.map(groupOf)).size).toBe(1);
  await slot.close();
  await vi.waitFor(() => expect(marked(mark)).toEqual([]), { timeout: 5_000, interval: 20 });
});

function groupOf(pid: string): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // After the name, which may hold anything: state, parent, group.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]!;
}

/** Processes with this in their environment. */
function marked(mark: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(mark);
    } catch {
      return false;
    }
  });
}

describe.each([['off'], ...(bubblewrap === undefined ? [] : [['required']])] as ['off' | 'required'][])(
  'bubblewrap %s',
  (how) => {
    it('a process is of one job, and of no other', async () => {
      await open(openSandbox({ bubblewrap: how === 'off' ? 'off' : 'auto', env }));
      const pids = [];
      for (const job of ['a', 'a', 'b', 'a']) pids.push((await probe(job))['pid']);
      // In a namespace of its own each has the same number.
      if (how === 'off') {
        expect(pids[1]).toBe(pids[0]);
        expect(new Set(pids).size).toBe(3);
      }
      expect(pids).not.toContain(process.pid);
    });

    it('one that does not end is ended a second after its time, whatever its job allows, and the next one runs', async () => {
      const sandbox = openSandbox({ bubblewrap: how, env, limitMs: 300 });
      await open(sandbox);
      const startedAt = performance.now();
      expect(await slot.run('holding', {}, one, patience, false, 'job')).toEqual({ is: 'overran', done: 0 });
      expect(performance.now() - startedAt).toBeGreaterThan(1_300);
      sandbox.limitMs = 60_000;
      expect(await probe()).toMatchObject({ evaluated: 'EvalError' });
    });
  },
);

it('a worker without a sandbox runs none of it, and its threads never do', async () => {
  await open(undefined);
  expect(await slot.run('probing', {}, one, patience, false, 'job')).toMatchObject({
    is: 'failed',
    error: { code: 'compute_failed', message: /sandbox could not be started/, retryable: true },
  });
  expect(await slot.run('probing', {}, one, patience, true, 'job')).toMatchObject({ is: 'failed' });
});

describe('how it is started', () => {
  it('reads the packages of the worker and of the kind, and what is installed beside them', () => {
    const roots = rootsOf(module);
    expect(roots.every((root) => existsSync(root))).toBe(true);
    const packages = roots.filter((root) => !root.endsWith('node_modules'));
    expect(packages.map((root) => root.replace(/.*\/(?=libs\/worker$|proto$)/, ''))).toEqual(['libs/worker', 'proto']);
    expect(() => rootsOf('file:///no-package/kind.js')).toThrow(/is in no package/);
  });

  it('grants reading alone, and binds nothing to be written', () => {
    expect(threadArgs(['/a'])).toEqual(['--permission', '--allow-fs-read=/a/*']);
    const args = bubblewrapArgs(['/a'], '/node');
    expect(args).toContain('--unshare-all');
    expect(args).toContain('--die-with-parent');
    expect(args).not.toContain('--share-net');
    expect(args).not.toContain('--new-session');
    expect(args.filter((arg) => arg.startsWith('--bind'))).toEqual([]);
  });

  it('a program that is missing is not found', () => {
    expect(findBubblewrap('no-such-bwrap')).toBeUndefined();
    expect(openSandbox({ bubblewrap: 'off' })).toMatchObject({ bubblewrap: undefined, isBubblewrapRequired: false });
  });
});
