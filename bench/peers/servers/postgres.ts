/** PostgreSQL with its defaults: a commit is on disk before it is answered. It refuses to run as root, so root runs it as another user. */
import { spawnSync } from 'node:child_process';
import { chownSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reservedPort } from '@manyhands/testkit';
import { findProgram, startServer, temporaryFolder, versionOf, type PeerServer } from './server.ts';

/** Debian keeps the server's programs off PATH. */
const FOLDERS = ['/usr/lib/postgresql/*/bin', '/usr/pgsql-*/bin'];

export async function startPostgres(): Promise<PeerServer> {
  const [initdb, postgres] = [findProgram('initdb', FOLDERS), findProgram('postgres', FOLDERS)];
  const port = await reservedPort();
  const folder = temporaryFolder('postgres');
  const user = userToBe();
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const options = { cwd: folder, ...user };
  const made = spawnSync(
    initdb,
    ['--pgdata', data, '--username', 'postgres', '--auth', 'trust', '--encoding', 'UTF8', '--no-locale'],
    { ...options, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr.trim()}`);
  const settings = [
    '-D',
    data,
    '-p',
    String(port),
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    `unix_socket_directories=${folder}`,
  ];
  const stop = await startServer(postgres, settings, { ...options, ready: /ready to accept connections/, folder });
  return { version: versionOf(postgres), env: { POSTGRES_URL: `postgres://postgres@127.0.0.1:${port}/postgres` }, stop };
}

function userToBe(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const [, , uid, gid] = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody') ?? [];
  if (uid === undefined || gid === undefined)
    throw new Error('PostgreSQL refuses to run as root, and there is no user postgres or nobody');
  return { uid: Number(uid), gid: Number(gid) };
}
