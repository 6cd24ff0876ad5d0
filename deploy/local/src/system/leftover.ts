/**
 * Finds the nats-servers that still run on a home, left over from a system that was killed, and ends them.
 *
 * Invariant: ids are reused, so a process counts only when its command line names our configuration file; where command lines cannot be read, a living process
 * of the written id is a refusal, because two servers on one store would be worse.
 */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Home } from '../home.ts';
import { Refusal } from '../refusal.ts';

const run = promisify(execFile);

/** Command lines by process id; undefined where the machine does not list them. */
export type CommandLines = () => Promise<ReadonlyMap<number, string> | undefined>;

/** From `/proc`, byte for byte, else from `ps`. */
const commandLines: CommandLines = async () => (await fromProc()) ?? (await fromPs());

/** Ids of the nats-servers of this home. Throws a refusal when they cannot be found out. */
export async function leftoversOf(home: Home, read: CommandLines = commandLines): Promise<number[]> {
  const lines = await read();
  if (lines) return [...lines].filter(([pid, line]) => pid !== process.pid && isServerOf(home, line)).map(([pid]) => pid);
  const pid = Number(await readFile(home.natsPid, 'utf8').catch(() => ''));
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return [];
  throw new Refusal(
    `Process ${pid} may be a nats-server that still runs on ${home.natsStore}, and this machine has neither /proc nor ps to find out. If it is one, end it: kill ${pid}. If not, remove ${home.natsPid}.`,
  );
}

/** Ends them, and returns when they are gone. */
export async function endLeftovers(home: Home, say: (line: string) => void): Promise<void> {
  for (const pid of await leftoversOf(home)) {
    say(`nats-server: ending process ${pid}, which still runs after its system was killed`);
    signal(pid, 'SIGTERM');
    for (let tries = 0; (await leftoversOf(home)).includes(pid); tries += 1) {
      if (tries === 100) signal(pid, 'SIGKILL');
      await wait(100);
    }
  }
}

/** It may be gone meanwhile. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** `arguments` separated by NUL as `/proc` has them, or by blanks as `ps` prints them. Pure. */
export function isServerOf(home: Home, line: string): boolean {
  const parts = line.split('\0');
  if (parts.length > 1) return parts.some((part, index) => part === home.natsConfig && parts[index - 1] === '-c');
  return line.trimEnd().endsWith(` -c ${home.natsConfig}`);
}

async function fromProc(): Promise<Map<number, string> | undefined> {
  const entries = await readdir('/proc').catch(() => []);
  const pids = entries.filter((name) => /^\d+$/.test(name)).map(Number);
  const lines = await Promise.all(
    pids.map(async (pid) => [pid, await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')] as const),
  );
  return lines.some(([, line]) => line !== '') ? new Map(lines) : undefined;
}

async function fromPs(): Promise<Map<number, string> | undefined> {
  const printed = await run('ps', ['-axww', '-o', 'pid=,args='], {
    env: { ...process.env, LC_ALL: 'en_US.UTF-8' },
    maxBuffer: 64 * 1024 ** 2,
  }).then(
    ({ stdout }) => stdout,
    () => undefined,
  );
  return printed === undefined
    ? undefined
    : new Map(
        printed.split('\n').flatMap((line) => {
          const [, pid, args] = /^\s*(\d+)\s+(\S.*)$/.exec(line) ?? [];
          return pid !== undefined && args !== undefined ? [[Number(pid), args] as const] : [];
        }),
      );
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
