/**
 * The name under which the requests to a host are paced. Pure.
 *
 * The rate is a part of it: jobs that ask for one rate share it, and a job that asks for a request in a quarter of an hour holds up no other.
 */
import { createHash } from 'node:crypto';

const HOST_CHARS_MAX = 70;

export function paceKey(host: string, perSec: number): string {
  const short = host.length > HOST_CHARS_MAX ? createHash('sha256').update(host).digest('hex') : host;
  return `${short} ${perSec}`;
}
