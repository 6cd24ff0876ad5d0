/**
 * What is stored of a password: Argon2id, with the cost that OWASP names first (19 MiB, 2 passes), as PHC text.
 *
 * Invariant: at most `atOnceMax` are computed at a time and `waitingMax` wait, so that sign-ins neither take all cores and memory nor wait without end; one more is
 * refused. Node's own `crypto.argon2`, not a package: no other native code comes in.
 */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { unavailable } from '../edge/problem.ts';

interface Cost {
  /** Kibibytes. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

const cost: Cost = { memory: 19_456, passes: 2, parallelism: 1 };
const saltBytes = 16;
const hashBytes = 32;
const atOnceMax = 2;
const waitingMax = 64;
const derive = promisify(argon2);

let running = 0;
const waiting: (() => void)[] = [];

/** Throws `unavailable` when too many are computed. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  return phcOf({ ...cost, salt, hash: await hash(password, salt, hashBytes, cost) });
}

/** Whether this is the password. As slow for one that is not, and for `undefined`: there is no such account. Throws `unavailable`. */
export async function isPassword(password: string, stored: string | null | undefined): Promise<boolean> {
  const read = readPhc(stored ?? '');
  const { salt, hash: wanted, ...asked } = read ?? { ...cost, salt: Buffer.alloc(saltBytes), hash: Buffer.alloc(hashBytes) };
  const given = await hash(password, salt, wanted.length, asked);
  return timingSafeEqual(given, wanted) && read !== undefined;
}

/** Whether it was stored at another cost than the one of today. */
export function isOutdated(stored: string): boolean {
  const read = readPhc(stored);
  return (
    read === undefined || read.memory !== cost.memory || read.passes !== cost.passes || read.parallelism !== cost.parallelism
  );
}

interface Phc extends Cost {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

function phcOf({ memory, passes, parallelism, salt, hash: derived }: Phc): string {
  const text = (bytes: Buffer): string => bytes.toString('base64').replace(/(?<!=)=+$/, '');
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${text(salt)}$${text(derived)}`;
}

function readPhc(text: string): Phc | undefined {
  const form = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;
  const [, memory, passes, parallelism, salt = '', derived = ''] = form.exec(text) ?? [];
  if (memory === undefined) return undefined;
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(derived, 'base64'),
  };
}

/** Equal texts in Unicode are one password, however a keyboard composes them. */
async function hash(password: string, salt: Buffer, tagLength: number, asked: Cost): Promise<Buffer> {
  const release = await turn();
  try {
    return await derive('argon2id', { message: password.normalize('NFKC'), nonce: salt, tagLength, ...asked });
  } finally {
    release();
  }
}

async function turn(): Promise<() => void> {
  if (running >= atOnceMax) {
    if (waiting.length >= waitingMax) throw unavailable('Too many sign-ins at once; try again in a moment.', 2);
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else running += 1;
  return () => {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  };
}
