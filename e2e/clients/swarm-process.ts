/**
 * Thousands of cheap clients in one process: raw sockets that read a WebSocket's or an event stream's bytes only as far as they must
 * to note which revision of which job came when, so that a measurement measures the gateway and not its clients.
 *
 * Invariant: all sockets share one buffer to read into; pings are answered, because who does not is cut; a stuck client reads
 * nothing from the moment it has its first state, so that its TCP window fills for real.
 */
import { connect, type Socket } from 'node:net';
import type { Arrivals, Flock, FromSwarm, ToSwarm } from './swarm.ts';

const buffer = Buffer.allocUnsafe(1024 * 1024);
const keys: string[] = [];
const keyIndex = new Map<string, number>();
const came: number[] = [];
const lost = { reading: 0, stuck: 0 };
let clients = 0;
let ending = false;

function indexOf(key: string): number {
  let index = keyIndex.get(key);
  if (index === undefined) {
    index = keys.push(key) - 1;
    keyIndex.set(key, index);
  }
  return index;
}

/** One connection. Its reader is handed every piece of bytes after the answer's head. */
function open(flock: Flock, stuck: boolean, jobId: string | undefined): Promise<void> {
  const client = clients++;
  const { hostname, port } = new URL(flock.origin);
  return new Promise((resolve, reject) => {
    let read: ((bytes: Buffer) => void) | undefined;
    let head = '';
    const note = (key: string, revision: number): void => {
      if (!stuck) came.push(client, indexOf(key), revision, Date.now());
    };
    const started = (): void => {
      if (stuck) socket.pause();
      resolve();
    };
    const take = (bytes: Buffer): void => {
      if (read) return read(bytes);
      head += bytes.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      const [status] = head.split('\r\n', 1);
      if (!/ (101|200) /.test(status!)) return void reject(new Error(`refused: ${status}`));
      const rest = Buffer.from(head.slice(end + 4), 'latin1');
      read = flock.transport === 'websocket' ? frameReader(socket, note, started) : eventReader(`local.${jobId}`, note, started);
      if (flock.transport === 'websocket')
        socket.write(
          command(jobId === undefined ? { do: 'subscribe', topic: 'jobs' } : { do: 'subscribe', topic: 'job', id: jobId }),
        );
      if (rest.length > 0) read(rest);
    };
    const socket: Socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: {
        buffer,
        callback(count): boolean {
          take(buffer.subarray(0, count));
          return !socket.isPaused();
        },
      },
    });
    socket.on('error', reject);
    socket.on('close', () => {
      if (!ending) lost[stuck ? 'stuck' : 'reading'] += 1;
    });
    const path = flock.transport === 'websocket' ? '/ws' : `/v1/jobs/${jobId}/events`;
    const upgrade =
      flock.transport === 'websocket'
        ? 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
        : '';
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n${upgrade}\r\n`);
  });
}

/** A masked frame whose mask is zero. */
function clientFrame(opcode: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

function command(what: object): Buffer {
  return clientFrame(1, Buffer.from(JSON.stringify(what)));
}

/** Reads the first line of each frame and skips the value. What is cut between two reads is put together first. */
function frameReader(socket: Socket, note: (key: string, revision: number) => void, ready: () => void): (bytes: Buffer) => void {
  let skip = 0;
  let part: Buffer | undefined;
  return (piece) => {
    let bytes = part ? Buffer.concat([part, piece]) : piece;
    part = undefined;
    while (bytes.length > 0) {
      if (skip > 0) {
        const step = Math.min(skip, bytes.length);
        skip -= step;
        bytes = bytes.subarray(step);
        continue;
      }
      const short = bytes.length < 2 ? 0 : bytes[1]! & 0x7f;
      const headBytes = short === 126 ? 4 : short === 127 ? 10 : 2;
      const length =
        bytes.length < headBytes
          ? 0
          : short === 126
            ? bytes.readUInt16BE(2)
            : short === 127
              ? Number(bytes.readBigUInt64BE(2))
              : short;
      const lineEnd = bytes.indexOf(10, headBytes);
      if (bytes.length < headBytes || (bytes.length < headBytes + length && lineEnd < 0)) {
        part = Buffer.from(bytes);
        return;
      }
      const opcode = bytes[0]! & 0x0f;
      if (opcode === 1) {
        const { topic, key, revision } = JSON.parse(bytes.toString('latin1', headBytes, lineEnd)) as {
          topic: string;
          key: string;
          revision: number;
        };
        if (topic === 'ready') ready();
        else if (topic !== 'error') note(key, revision);
      } else if (opcode === 9) socket.write(clientFrame(10, Buffer.alloc(0)));
      skip = headBytes + length;
    }
  };
}

/** Finds the ids of `status` events; an id that is cut between two reads is missed, the next one stands for it. */
function eventReader(key: string, note: (key: string, revision: number) => void, ready: () => void): (bytes: Buffer) => void {
  let isFirst = true;
  return (bytes) => {
    for (let at = bytes.indexOf('id: '); at >= 0; at = bytes.indexOf('id: ', at + 4)) {
      const lineEnd = bytes.indexOf(10, at);
      if (
        (at > 0 && bytes[at - 1] !== 10) ||
        lineEnd < 0 ||
        lineEnd - at > 20 ||
        bytes.toString('latin1', lineEnd + 1, lineEnd + 14) !== 'event: status'
      )
        continue;
      note(key, Number(bytes.toString('latin1', at + 4, lineEnd)));
      if (isFirst) ready();
      isFirst = false;
    }
  };
}

async function openFlock(flock: Flock): Promise<void> {
  const atOnce = 100;
  for (let begun = 0; begun < flock.count; begun += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, flock.count - begun) }, (_, offset) => begun + offset);
    await Promise.all(some.map((index) => open(flock, index < flock.stuck, flock.jobs[index % flock.jobs.length])));
  }
}

function arrivals(): Arrivals {
  return { keys: [...keys], came: Float64Array.from(came), lost: { ...lost } };
}

function tell(message: FromSwarm): void {
  process.send!(message);
}

process.on('message', (message: ToSwarm) => {
  if (message.do === 'open')
    openFlock(message.flock).then(
      () => tell({ is: 'open' }),
      (error: Error) => tell({ is: 'failed', why: error.message }),
    );
  else if (message.do === 'forget') came.length = 0;
  else if (message.do === 'report') tell({ is: 'report', arrivals: arrivals() });
});
process.on('disconnect', () => {
  ending = true;
  process.exit(0);
});
