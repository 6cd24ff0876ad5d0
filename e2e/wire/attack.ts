/** One attacker: sends without end, or what it was given, and tells when it was answered and with what. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { open, readAnswers } from '../../services/gateway/src/edge/raw-client.fixture.ts';

export interface Heard {
  readonly status: number | undefined;
  /** From the first byte sent. */
  readonly afterMs: number;
}

/** Resolves with the answer, or when the connection ends without one. Sends on meanwhile, as fast as it is taken. */
export async function attack(origin: string, pieces: Iterable<Buffer>): Promise<Heard> {
  const socket = open(origin);
  await once(socket, 'connect');
  const beganMs = performance.now();
  const answered = answerOn(socket).then((status) => ({ status, afterMs: performance.now() - beganMs }));
  await Promise.race([answered, sendAll(socket, pieces)]);
  const heard = await answered;
  socket.destroy();
  return heard;
}

/** Says a head that never ends, a line of it each second. Resolves with what it was told. */
export async function crawl(origin: string): Promise<Heard> {
  const socket = open(origin);
  await once(socket, 'connect');
  const beganMs = performance.now();
  socket.write('GET /v1/jobs HTTP/1.1\r\n');
  const dripping = setInterval(() => socket.write(`X-Drip: ${Math.round(performance.now())}\r\n`), 1_000);
  const status = await answerOn(socket);
  clearInterval(dripping);
  socket.destroy();
  return { status, afterMs: performance.now() - beganMs };
}

function answerOn(socket: Socket): Promise<number | undefined> {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    socket.on('data', (data: Buffer) => {
      received = Buffer.concat([received, data]);
      const [answer] = readAnswers(received, ['POST'], false).answers;
      if (answer !== undefined) resolve(answer.status);
    });
    socket.once('close', () => resolve(undefined));
  });
}

async function sendAll(socket: Socket, pieces: Iterable<Buffer>): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return;
    if (!socket.write(piece)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => undefined);
  }
}
