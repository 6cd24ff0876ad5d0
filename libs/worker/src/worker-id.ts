/** An id for one start of a worker: host, process and a random word, in the letters ids may have. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

export function newWorkerId(host = hostname(), pid = process.pid): string {
  const clean = host.replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, 32);
  return `${clean}-${pid}-${randomBytes(3).toString('hex')}`;
}
