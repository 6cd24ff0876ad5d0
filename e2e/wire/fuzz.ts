/**
 * Thousands of connections that stop at any byte, and end in any way. What must hold: the gateway lives, answers in step, and no
 * connection is left open in it.
 *
 * Invariant: the same seed stops the same openings at the same bytes; what the operating system makes of it differs.
 */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { exchange, open, request } from '../../services/gateway/src/edge/raw-client.fixture.ts';
import { Random } from '../simulation/random.ts';
import { openings, type Opening } from './openings.ts';

/** How a client ends: by a reset at once, by a reset once something came, by closing its half and reading on, or by going without a word. */
const ENDINGS = ['reset', 'reset after the answer', 'half closed', 'gone', 'read to the end'] as const;
type Ending = (typeof ENDINGS)[number];

export interface FuzzOptions {
  readonly origin: string;
  readonly seed: number;
  /** Connections; at least one for every byte of every opening is more than 8,000. */
  readonly count: number;
  /** Connections at the same time. Default 50. */
  readonly atOnce?: number;
}

/** Throws for an answer that is none, or out of step. Resolves with how many of the openings that were sent whole were answered. */
export async function fuzzWire({ origin, seed, count, atOnce = 50 }: FuzzOptions): Promise<{ answered: number }> {
  const random = new Random(seed);
  const known = openings(new URL(origin).host);
  let answered = 0;
  let left = count;
  const one = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const opening = random.one(known);
      // One in four is sent whole, and of those some are read to their end.
      const stop = random.chance(0.25) ? opening.bytes.length : random.whole(0, opening.bytes.length);
      const split = random.whole(0, stop);
      const ending = random.one(ENDINGS);
      if (ending === 'read to the end' && stop === opening.bytes.length && opening.methods !== undefined) {
        await readToEnd(origin, opening);
        answered += 1;
      } else await stopAt(origin, opening.bytes.subarray(0, stop), split, ending);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return { answered };
}

async function readToEnd(origin: string, { name, bytes, methods }: Opening): Promise<void> {
  const { answers } = await exchange(origin, bytes, methods!);
  const last = answers.at(-1);
  if (last === undefined) throw new Error(`"${name}" got no answer`);
  if (answers.length < methods!.length && last.headers['connection'] !== 'close')
    throw new Error(`"${name}" got ${answers.length} answers to ${methods!.length} requests`);
  for (const { status, body } of answers) if (status === 500) throw new Error(`"${name}" was answered with 500: ${body}`);
}

async function stopAt(origin: string, bytes: Buffer, split: number, ending: Ending): Promise<void> {
  const socket = open(origin);
  const closed = once(socket, 'close');
  await Promise.race([once(socket, 'connect'), closed]);
  const heard = Promise.race([once(socket, 'data'), closed, pause(20)]);
  socket.resume();
  if (split > 0) socket.write(bytes.subarray(0, split));
  if (split > 0 && split < bytes.length) await pause(0);
  if (split < bytes.length) socket.write(bytes.subarray(split));
  if (ending === 'reset after the answer' || ending === 'read to the end') await heard;
  if (ending === 'half closed') {
    socket.end();
    await Promise.race([closed, pause(50)]);
  }
  if (ending.startsWith('reset')) socket.resetAndDestroy();
  else socket.destroy();
  await closed;
}

/** Connections the gateway has open, besides the one that asks. */
export async function openConnections(origin: string): Promise<number> {
  const { answers } = await exchange(origin, request(origin, 'GET', '/metrics', { Connection: 'close' }), ['GET']);
  const value = /^manyhands_http_connections(?:\{[^}]*\})? (\d+)$/m.exec(answers[0]?.body ?? '')?.[1];
  if (value === undefined)
    throw new Error(`the gateway does not say how many connections it has open (${answers[0]?.status ?? 'no answer'})`);
  return Number(value) - 1;
}
