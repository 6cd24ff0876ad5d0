/**
 * What a user would pick instead, set up as its own documentation advises: two workers, one client, and a server of its own kind.
 *
 *   absent ──install, start──▶ running ──run, run …──▶ running ──stop──▶ absent
 *
 * How a peer is used is in its program (`programs/`); here is only what it needs around it.
 */
import type { Contender, Durability } from '../contender.ts';
import { nodePackages, pythonPackages } from './install.ts';
import { startProgram, type Program } from './program.ts';
import { startPostgres } from './servers/postgres.ts';
import { startRedis } from './servers/redis.ts';
import type { PeerServer } from './servers/server.ts';

export interface Peer {
  readonly name: string;
  readonly server: keyof typeof servers;
  /** Packages whose versions belong beside the figures. */
  readonly packages: readonly string[];
  readonly worker: Command;
  readonly client: Command;
  /** Processes of `worker`; a pool that forks its own is one. */
  readonly workers: number;
  /** Its program answers lists, too. */
  readonly lists?: true;
}

type Command = { readonly node: readonly string[] } | { readonly python: readonly string[] };

const node = (program: string) => ({ worker: { node: [program, 'worker'] }, client: { node: [program, 'client'] }, workers: 2 });
const celery = {
  worker: { python: ['-m', 'celery', '--app', 'celery_app', 'worker', '--concurrency', '2', '--loglevel', 'error'] },
  workers: 1,
};

export const peers: readonly Peer[] = [
  { name: 'BullMQ flow', server: 'redis', packages: ['bullmq', 'ioredis'], ...node('bullmq-flow.mjs') },
  { name: 'BullMQ plain + counter', server: 'redis', packages: ['bullmq', 'ioredis'], ...node('bullmq-plain.mjs'), lists: true },
  { name: 'bee-queue', server: 'redis', packages: ['bee-queue'], ...node('bee-queue.mjs') },
  { name: 'Celery chord', server: 'redis', packages: ['celery'], ...celery, client: { python: ['celery_client.py', 'chord'] } },
  { name: 'Celery group', server: 'redis', packages: ['celery'], ...celery, client: { python: ['celery_client.py', 'group'] } },
  {
    name: 'graphile-worker batched',
    server: 'postgres',
    packages: ['graphile-worker'],
    ...node('graphile-worker.mjs'),
    lists: true,
  },
  { name: 'pg-boss batched', server: 'postgres', packages: ['pg-boss'], ...node('pg-boss.mjs'), lists: true },
];

const servers = {
  redis: { start: startRedis, durability: '1s', durably: 'Redis appendonly yes, appendfsync everysec' },
  postgres: { start: startPostgres, durability: 'always', durably: 'PostgreSQL defaults (synchronous_commit on, fsync on)' },
} as const satisfies Record<string, { start(): Promise<PeerServer>; durability: Durability; durably: string }>;

export interface RunningPeer extends Contender {
  readonly versions: Readonly<Record<string, string>>;
}

export function durabilityOf({ server }: Peer): Durability {
  return servers[server].durability;
}

/** Throws a sentence that says what is missing. Each peer has a server of its own, so that none pays for another's data. */
export async function startPeer(peer: Peer): Promise<RunningPeer> {
  const python = 'python' in peer.client ? await pythonPackages() : undefined;
  const versions = python?.versions ?? (await nodePackages());
  const server = await servers[peer.server].start();
  const programs: Program[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(programs.map((program) => program.stop()));
    await server.stop();
  };
  const start = async (command: Command): Promise<Program> => {
    const [path, args] = 'node' in command ? [process.execPath, command.node] : [python!.path, command.python];
    const program = await startProgram(path, args, server.env);
    programs.push(program);
    return program;
  };
  try {
    // The client first: it creates what the server must hold.
    const client = await start(peer.client);
    await Promise.all(Array.from({ length: peer.workers }, () => start(peer.worker)));
    return {
      name: peer.name,
      versions: {
        ...Object.fromEntries(peer.packages.map((name) => [name, versions[name] ?? 'unknown'])),
        [peer.server]: server.version,
        durability: servers[peer.server].durably,
      },
      run: (jobs) => client.ask(jobs),
      ...(peer.lists && { list: (list) => client.ask(list) }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
