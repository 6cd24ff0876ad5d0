/**
 * Machines in a network of their own: each is a network namespace with its own loopback, its own names and its own processes, and all are on one bridge to which nothing else is
 * connected. One may be behind a router that translates addresses. Needs root, `ip` and `iptables`.
 *
 *   up ──destroy──▶ gone, with its processes ──machine(same name)──▶ up, another one
 *
 * Invariant: nothing of it is outside of the namespaces, and `close`, or the end of this process, ends all of it.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '../fixture/system.ts';

export interface Machine {
  readonly name: string;
  /** Starts a program there, which knows the machines by their names. */
  run(program: string, args: readonly string[], env?: Readonly<Record<string, string>>, cwd?: string): ChildProcess;
  /** What its programs printed, the newest part. */
  printed(): string;
  /** The port of this computer's loopback that leads to `port` of the loopback there: `here`, or a free one. */
  door(port: number, here?: number): Promise<number>;
  /** Its programs are killed, and its line is cut: first the line (`silently`, as when power is lost), or first the programs, so that those they are connected to are informed. */
  destroy(order?: 'silently' | 'loudly'): Promise<void>;
}

/** The line between a router and the network. */
export interface Line {
  /** `unplugged`: the router has no way out, and forgets the connections. `swallowed`: what is sent in either direction is lost, and neither side is informed. */
  cut(how: 'unplugged' | 'swallowed'): void;
  mend(): void;
}

export interface Network {
  machine(name: string): Machine;
  /** A machine that may connect to the others, and to which none may. */
  behindRouter(name: string): { machine: Machine; line: Line };
  close(): Promise<void>;
}

const printedMax = 1_000_000;
const spaces = new Set<string>();
process.once('exit', () => {
  for (const space of spaces) {
    killAllIn(space);
    spawnSync('ip', ['netns', 'delete', space]);
  }
});

/** Whether this computer lets us have all that. */
export const hasMachines = process.getuid?.() === 0 && canTranslate(`mh${process.pid}-probe`);

/** `names`: of the machines on the bridge, whether they are up or not. */
export function openNetwork(names: readonly string[]): Network {
  const folder = mkdtempSync(join(tmpdir(), 'machines-'));
  const hosts = join(folder, 'hosts');
  const addressOf = (name: string) => `10.77.0.${names.indexOf(name) + 1}`;
  writeFileSync(hosts, ['127.0.0.1 localhost', ...names.map((name) => `${addressOf(name)} ${name}`), ''].join('\n'));
  const spaceOf = (name: string) => `mh${process.pid}-${name}`;
  const bridge = spaceOf('bridge');
  const machines = new Set<Machine>();
  addSpace(bridge);
  inSpace(bridge, 'link', 'add', 'bridge', 'type', 'bridge');
  inSpace(bridge, 'link', 'set', 'bridge', 'up');

  /** Its interface `eth0`; the other end is on the bridge and has the name of the machine. */
  function plugIn(name: string, address: string): void {
    inSpace(spaceOf(name), 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', portOf(name), 'netns', bridge);
    inSpace(bridge, 'link', 'set', portOf(name), 'master', 'bridge');
    inSpace(bridge, 'link', 'set', portOf(name), 'up');
    inSpace(spaceOf(name), 'address', 'add', `${address}/24`, 'dev', 'eth0');
    inSpace(spaceOf(name), 'link', 'set', 'eth0', 'up');
  }

  function start(name: string, unplug: () => void): Machine {
    const space = spaceOf(name);
    const children: ChildProcess[] = [];
    const doors: Server[] = [];
    let printed = '';
    const machine: Machine = {
      name,
      run(program, args, env = {}, cwd = repository) {
        const named = ['sh', '-c', 'mount --bind "$0" /etc/hosts && exec "$@"', hosts];
        const child = spawn('ip', ['netns', 'exec', space, ...named, program, ...args], {
          cwd,
          env: { ...process.env, ...env },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        for (const output of [child.stdout, child.stderr])
          output.on('data', (data: Buffer) => (printed = (printed + data.toString()).slice(-printedMax)));
        children.push(child);
        return child;
      },
      printed: () => printed,
      async door(port, here = 0) {
        const socket = join(folder, `${name}-${port}`);
        rmSync(socket, { force: true });
        machine.run(process.execPath, [join(import.meta.dirname, 'door.mjs'), socket, String(port)]);
        const door = createServer((outside) => together(outside, connect(socket)));
        doors.push(door);
        door.listen(here, '127.0.0.1');
        await once(door, 'listening');
        return (door.address() as AddressInfo).port;
      },
      async destroy(order = 'loudly') {
        machines.delete(machine);
        if (order === 'silently') unplug();
        killAllIn(space);
        await Promise.all(children.map(ended));
        if (order === 'loudly') unplug();
        for (const door of doors) door.close();
        removeSpace(space);
      },
    };
    machines.add(machine);
    return machine;
  }

  return {
    machine(name) {
      addSpace(spaceOf(name));
      plugIn(name, addressOf(name));
      return start(name, () => inSpace(bridge, 'link', 'delete', portOf(name)));
    },
    behindRouter(name) {
      const router = spaceOf('router');
      addSpace(router);
      plugIn('router', '10.77.0.254');
      addSpace(spaceOf(name));
      inSpace(spaceOf(name), 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'home', 'netns', router);
      for (const [space, device, address] of [
        [spaceOf(name), 'eth0', '192.168.77.2/24'],
        [router, 'home', '192.168.77.1/24'],
      ] as const) {
        inSpace(space, 'address', 'add', address, 'dev', device);
        inSpace(space, 'link', 'set', device, 'up');
      }
      inSpace(spaceOf(name), 'route', 'add', 'default', 'via', '192.168.77.1');
      const onRouter = (...command: string[]) =>
        execFileSync('ip', ['netns', 'exec', router, ...command], { stdio: ['ignore', 'ignore', 'pipe'] });
      onRouter('sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
      onRouter('iptables', '-t', 'nat', '-A', 'POSTROUTING', '-o', 'eth0', '-j', 'MASQUERADE');
      onRouter('iptables', '-A', 'FORWARD', '-i', 'eth0', '-m', 'conntrack', '--ctstate', 'NEW', '-j', 'DROP');
      const swallow = ['FORWARD', '-j', 'DROP'];
      let mend: () => void = () => undefined;
      return {
        machine: start(name, () => undefined),
        line: {
          cut(how) {
            if (how === 'unplugged') {
              inSpace(router, 'link', 'set', 'eth0', 'down');
              mend = () => inSpace(router, 'link', 'set', 'eth0', 'up');
            } else {
              onRouter('iptables', '-I', ...swallow);
              mend = () => onRouter('iptables', '-D', ...swallow);
            }
          },
          mend: () => mend(),
        },
      };
    },
    async close() {
      await Promise.all([...machines].map((machine) => machine.destroy()));
      for (const space of [...spaces]) removeSpace(space);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A name of an interface has 15 letters at most. */
function portOf(name: string): string {
  return name.slice(0, 15);
}

function inSpace(space: string, ...command: string[]): void {
  execFileSync('ip', ['-n', space, ...command], { stdio: ['ignore', 'ignore', 'pipe'] });
}

function addSpace(space: string): void {
  execFileSync('ip', ['netns', 'add', space], { stdio: ['ignore', 'ignore', 'pipe'] });
  spaces.add(space);
  inSpace(space, 'link', 'set', 'lo', 'up');
}

function removeSpace(space: string): void {
  execFileSync('ip', ['netns', 'delete', space], { stdio: ['ignore', 'ignore', 'pipe'] });
  spaces.delete(space);
}

function killAllIn(space: string): void {
  const { stdout } = spawnSync('ip', ['netns', 'pids', space], { encoding: 'utf8' });
  for (const pid of (stdout ?? '').split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

function canTranslate(space: string): boolean {
  if (spawnSync('ip', ['netns', 'add', space]).status !== 0) return false;
  const { status } = spawnSync('ip', ['netns', 'exec', space, 'iptables', '-t', 'nat', '-S']);
  spawnSync('ip', ['netns', 'delete', space]);
  return status === 0;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** What one sends the other receives, until either ends. */
function together(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on('error', () => undefined).on('close', () => to.destroy());
    from.pipe(to);
  }
}
